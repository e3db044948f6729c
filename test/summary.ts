// Adds up vitest's JSON reports: names what failed and what was skipped, and closes with one line of counts.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

let passed = 0
let failed = 0
for (const path of process.argv.slice(2)) {
  const { numPassedTests, numFailedTests, success, testResults } = report.parse(JSON.parse(readFileSync(path, 'utf8')))
  passed += numPassedTests
  failed += numFailedTests
  // A file that could not be loaded, or a run that broke outside of any test, is a failure too.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every(test => test.status !== 'failed'),
  )
  for (const { name } of broken) console.log(`failed: ${name}`)
  failed += broken.length
  if (!success && numFailedTests + broken.length === 0) failed++
  for (const { fullName, status } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'failed') console.log(`failed: ${fullName}`)
    else if (status !== 'passed') console.log(`skipped: ${fullName}`)
  }
}
if (passed === 0) failed++
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
