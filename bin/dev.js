#!/usr/bin/env node
// Runs dcosctl from its sources: Node strips the types. The compile cache keeps what it stripped.
import { enableCompileCache } from 'node:module'

enableCompileCache()
// `dcosctl … | head`: who reads has read enough. (Other errors of stdout are thrown, as ever.)
process.stdout.on('error', error => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})
const { execute } = await import('@oclif/core')
await execute({ dir: import.meta.url })
