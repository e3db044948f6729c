#!/usr/bin/env node
// Runs dcosctl from its sources: the same as an installed one, since Node strips the types.
await import('./run.js')
