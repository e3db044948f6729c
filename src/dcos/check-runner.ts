// DC/OS' own checks on a node, run and parsed by dcosctl itself: since 1.12 the upgrade script's calls of them check nothing.
import { z } from 'zod'

/** dcos/dcos-check-runner: both kinds, one JSON each. */
export const checkRunnerScript = `
for kind in node-poststart cluster; do
  printf '%s=' "$kind"
  /opt/mesosphere/bin/dcos-shell dcos-check-runner check "$kind" 2>/dev/null | tr '\\n' ' '
  echo
done
`

const ran = z.object({
  error: z.string().optional(),
  status: z.number().optional(),
  checks: z
    .union([
      z.record(z.string(), z.object({ status: z.number(), output: z.string().default('') })),
      z.array(z.string()),
    ])
    .optional(),
})

/** Says what is wrong, one line each; empty when the checks ran and passed. A runner that refused exits 0 with an `error`: that is not well. */
export function failedChecks(output: string): readonly string[] {
  const wrong: string[] = []
  for (const kind of ['node-poststart', 'cluster'] as const) {
    const line = output.split('\n').find(text => text.startsWith(`${kind}=`))
    wrong.push(...failuresOf(kind, line?.slice(kind.length + 1).trim() ?? ''))
  }
  return wrong
}

function failuresOf(kind: 'node-poststart' | 'cluster', text: string): readonly string[] {
  let parsed: z.output<typeof ran>
  try {
    parsed = ran.parse(JSON.parse(text))
  } catch {
    return [`the ${kind} checks did not answer: ${JSON.stringify(text.slice(0, 80))}`]
  }
  if (parsed.error !== undefined) return [`the ${kind} checks were not run: ${parsed.error}`]
  const checks = parsed.checks && !Array.isArray(parsed.checks) ? parsed.checks : {}
  const failed = Object.entries(checks).filter(([, check]) => check.status !== 0)
  if (failed.length > 0)
    return failed.map(([name, check]) => `check ${name} says ${check.status}: ${check.output.trim()}`)
  if (parsed.status !== 0) return [`the ${kind} checks ended with status ${parsed.status}`]
  // Built-in node checks exist on every DC/OS ≥ 1.12, so none having run is not a pass.
  if (kind === 'node-poststart' && Object.keys(checks).length === 0) return ['no node-poststart check was run']
  return []
}
