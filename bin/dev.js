#!/usr/bin/env node
// Runs dcosctl from its sources: Node strips the types. The compile cache keeps what it stripped.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { execute } = await import('@oclif/core')
await execute({ dir: import.meta.url })
