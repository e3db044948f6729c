#!/usr/bin/env node
// Runs dcosctl. The compile cache keeps what was compiled (and, from sources, stripped of its types).
import { enableCompileCache } from 'node:module'

enableCompileCache()
// `dcosctl … | head`: who reads has read enough. (Other errors of stdout are thrown, as ever.)
process.stdout.on('error', error => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})
const { execute } = await import('@oclif/core')
await execute({ dir: import.meta.url })
