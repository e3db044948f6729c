#!/usr/bin/env node
// Runs dcosctl as installed: from what `npm run build` made of the sources.
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { execute } = await import('@oclif/core')
await execute({ dir: import.meta.url })
