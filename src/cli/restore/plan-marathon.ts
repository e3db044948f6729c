// Plans the restore of Marathon's apps and pods: the backup's definitions compared with the living ones.
import { type ComparedApp, restoreApps } from '../../../runbooks/restore-apps.ts'
import { versionOf } from '../../actions/restore/put-app.ts'
import { rootOf } from '../../actions/restore/wanted.ts'
import { few } from '../../cluster/few.ts'
import { patienceOf } from '../../config/patience.ts'
import { DcosctlError } from '../../errors.ts'
import { differingFields, instancesOf, needsOf } from '../../marathon/definition.ts'
import { type Group, rootGroup } from '../../marathon/groups.ts'
import { ownRole } from '../../marathon/marathon.ts'
import { groupIds, groupsThatEnforceRoles, type Held, heldIn, isWithin } from '../../marathon/walk.ts'
import { leadingMarathon } from '../../survey/marathon.ts'
import { onlyInPlace } from './only-in-place.ts'
import { pinnedNamed } from './pinned.ts'
import type { Planner } from './planners.ts'

export const planMarathon: Planner = async (world, backup, options) => {
  onlyInPlace(options)
  const group = options.only.what === 'marathon' ? options.only.group : '/'
  const { where: store } = await world.store()
  const source = pinnedNamed(store, backup, 'marathon/groups.json', options)
  const then = await rootOf(world, source)
  const { marathon } = await leadingMarathon(world)
  const [now, role] = await Promise.all([rootGroup(marathon), ownRole(marathon)])
  const wanted = within(then, group)
  if (wanted.length === 0) throw nothingThere(backup.backup, then, group)
  const { cluster } = world.file
  return restoreApps(compared(wanted, within(now, group), role), {
    ...{ cluster, source, group, how: options.how, accepted: options.accepted, patience: patienceOf(world.file) },
    remarks: groupRemarks(then, now, group),
  })
}

const within = (root: Group, group: string): readonly Held[] => heldIn(root).filter(({ id }) => isWithin(id, group))

function compared(wanted: readonly Held[], living: readonly Held[], role: string | undefined): readonly ComparedApp[] {
  const now = new Map(living.map(held => [held.id, held]))
  const then = new Set(wanted.map(({ id }) => id))
  return [
    ...wanted.map(held => compare(held, now.get(held.id), role)),
    ...living.filter(({ id }) => !then.has(id)).map(surplus),
  ]
}

function compare(
  { kind, id, definition, dependsOn }: Held,
  now: Held | undefined,
  role: string | undefined,
): ComparedApp {
  const app = { kind, id, dependsOn, instancesThen: instancesOf(kind, definition), needs: needsOf(definition, role) }
  if (!now) return { ...app, is: 'missing', fields: [], version: null, instancesNow: 0 }
  if (now.kind !== kind) throw otherKind(id, kind, now.kind)
  const fields = differingFields(kind, definition, now.definition)
  const is = fields.length === 0 ? 'same' : 'differs'
  return { ...app, is, fields, version: versionOf(now.definition), instancesNow: instancesOf(kind, now.definition) }
}

const surplus = ({ kind, id, definition, dependsOn }: Held): ComparedApp => ({
  ...{ kind, id, dependsOn, is: 'surplus', fields: [], version: versionOf(definition), needs: [] },
  ...{ instancesNow: instancesOf(kind, definition), instancesThen: 0 },
})

/** What no app carries, and so does not come back with the apps. */
function groupRemarks(then: Group, now: Group, group: string): readonly string[] {
  const there = new Set(groupIds(now))
  const lost = groupsThatEnforceRoles(then).filter(id => isWithin(id, group) && !there.has(id))
  if (lost.length === 0) return []
  return [`Groups come back without their settings: make ${few(lost)} with enforceRole first if it is to hold.`]
}

const nothingThere = (backup: string, then: Group, group: string) =>
  new DcosctlError('REFUSED', {
    what: `${backup} has no app and no pod in ${group} of Marathon.`,
    state: 'Nothing was changed.',
    next: [`groups in it:  ${few(groupIds(then))}`],
  })

const otherKind = (id: string, then: string, now: string) =>
  new DcosctlError('REFUSED', {
    what: `${id} is a ${then} in the backup, and Marathon now has the ${now} of that name.`,
    state: 'Nothing was changed.',
    next: [`remove or rename the ${now}, then plan anew`],
  })
