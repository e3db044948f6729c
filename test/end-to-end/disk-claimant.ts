// A process of its own that takes the claim on a lab's masters' disks and keeps it until it is killed: `node disk-claimant.ts RUN`, the cluster
// file in DCOSCTL_CONFIG. Prints what it came to as JSON, then goes on.
import { loadConfig, withWorld } from '../../src/cli/open-world.ts'
import { whoami } from '../../src/cli/whoami.ts'
import { takeDiskClaim } from '../../src/disk-claim/claim.ts'
import { because } from '../../src/errors.ts'

const [run = ''] = process.argv.slice(2)
const { cluster } = await loadConfig({})
const taking = {
  run,
  kind: 'changing',
  runbook: 'restore',
  cluster: cluster.id,
  who: whoami(),
  now: () => new Date(),
} as const
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

await withWorld({}, async world => {
  const began = performance.now()
  try {
    const { token, hold } = await takeDiskClaim(world, taking)
    await hold.assertHeld()
    say({ run, token, ms: Math.round(performance.now() - began) })
    await new Promise(() => setInterval(() => {}, 1000))
  } catch (error) {
    say({ run, refused: because(error) })
  }
})
