// Reads both versions out of a node upgrade script (dcos/dcos dcos_installer/upgrade.py writes them into its refusal message).

export interface ScriptVersions {
  readonly from: string
  readonly to: string
}

/** Undefined where this is not a node upgrade script. */
export function versionsOfScript(text: string): ScriptVersions | undefined {
  const match = /Expecting to upgrade DC\/OS from (\S+) to (\S+?)\.(?=["'\s]|$)/m.exec(text)
  const [, from, to] = match ?? []
  return from && to ? { from, to } : undefined
}

/** What a node offers to those who fetch through it. */
interface Runs {
  run(
    script: string,
    options: { readonly as: 'login'; readonly args: readonly string[]; readonly within: number },
  ): Promise<{ readonly exit: number; readonly stdout: string; readonly stderr: string }>
}

const fetchWithin = 60_000

/** The script's text, fetched by a node from the bootstrap server, which a workstation often can't reach. */
export const fetchScript = (host: Runs, url: string): Promise<string> =>
  fetchThrough(host, 'curl -fsSL --max-time 50 "$1"', url)

/** Hex SHA-256 of what a node gets at this address. */
export async function fetchScriptDigest(host: Runs, url: string): Promise<string> {
  const said = await fetchThrough(
    host,
    'script=$(curl -fsSL --max-time 50 "$1" | base64 -w0) && [ -n "$script" ] && printf %s "$script" | base64 -d | sha256sum',
    url,
  )
  return said.trim().split(/\s/)[0] ?? ''
}

async function fetchThrough(host: Runs, script: string, url: string): Promise<string> {
  const ran = await host.run(script, { as: 'login', args: [url], within: fetchWithin })
  if (ran.exit !== 0) throw new Error(`can't fetch ${url}: ${ran.stderr.trim() || `exit ${ran.exit}`}`)
  return ran.stdout
}
