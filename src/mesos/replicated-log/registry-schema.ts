// The fields of Mesos' registry, as far as masters write them (apache/mesos src/master/registry.proto, include/mesos/mesos.proto,
// include/mesos/{maintenance,quota}, src/resource_provider/registry.proto, at 1.12.0-dev).
import { defaulted, type Field, mapped, oneOf, optional, repeated, required, type Schema } from './schema.ts'

const wrapped = (schema: Schema): Schema => ({ 1: required('info', { message: schema }) })
const listed = (schema: Schema): Schema => ({ 1: repeated('slaves', { message: schema }) })

const id: Schema = { 1: required('value', 'string') }
const nanoseconds: Schema = { 1: required('nanoseconds', 'int64') }
const name: Schema = { 1: required('name', 'string') }
const labels: Schema = {
  1: repeated('labels', { message: { 1: required('key', 'string'), 2: optional('value', 'string') } }),
}

const faultDomain: Schema = { 1: required('region', { message: name }), 2: required('zone', { message: name }) }
const domain: Schema = { 1: optional('fault_domain', { message: faultDomain }) }

const valueType = oneOf(0, 'SCALAR', 'RANGES', 'SET', 'TEXT')
const scalar: Schema = { 1: required('value', 'double') }
const range: Schema = { 1: required('begin', 'uint64'), 2: required('end', 'uint64') }
const ranges: Schema = { 1: repeated('range', { message: range }) }
const set: Schema = { 1: repeated('item', 'string') }

const attribute: Schema = {
  1: required('name', 'string'),
  2: required('type', valueType),
  3: optional('scalar', { message: scalar }),
  4: optional('ranges', { message: ranges }),
  5: optional('text', { message: { 1: required('value', 'string') } }),
  6: optional('set', { message: set }),
}

const reservation: Schema = {
  1: optional('principal', 'string'),
  2: optional('labels', { message: labels }),
  3: optional('role', 'string'),
  4: optional('type', oneOf(0, 'UNKNOWN', 'STATIC', 'DYNAMIC')),
}

const rooted: Schema = { 1: optional('root', 'string') }

const diskSource: Schema = {
  1: required('type', oneOf(0, 'UNKNOWN', 'PATH', 'MOUNT', 'BLOCK', 'RAW')),
  2: optional('path', { message: rooted }),
  3: optional('mount', { message: rooted }),
  4: optional('id', 'string'),
  5: optional('metadata', { message: labels }),
  6: optional('profile', 'string'),
  7: optional('vendor', 'string'),
}

const disk: Schema = {
  1: optional('persistence', { message: { 1: required('id', 'string'), 2: optional('principal', 'string') } }),
  2: optional('volume', {
    message: {
      1: required('container_path', 'string'),
      2: optional('host_path', 'string'),
      3: required('mode', oneOf(1, 'RW', 'RO')),
    },
  }),
  3: optional('source', { message: diskSource }),
}

const resource: Schema = {
  1: required('name', 'string'),
  2: required('type', valueType),
  3: optional('scalar', { message: scalar }),
  4: optional('ranges', { message: ranges }),
  5: optional('set', { message: set }),
  6: optional('role', 'string'),
  7: optional('disk', { message: disk }),
  8: optional('reservation', { message: reservation }),
  9: optional('revocable', { message: {} }),
  10: optional('shared', { message: {} }),
  11: optional('allocation_info', { message: { 1: optional('role', 'string') } }),
  12: optional('provider_id', { message: id }),
  13: repeated('reservations', { message: reservation }),
}

const slaveInfo: Schema = {
  1: required('hostname', 'string'),
  3: repeated('resources', { message: resource }),
  5: repeated('attributes', { message: attribute }),
  6: optional('id', { message: id }),
  7: defaulted('checkpoint', 'bool', false),
  8: defaulted('port', 'int32', 5051),
  10: optional('domain', { message: domain }),
}

const masterInfo: Schema = {
  1: required('id', 'string'),
  2: required('ip', 'uint32'),
  3: required('port', 'uint32'),
  4: optional('pid', 'string'),
  5: optional('hostname', 'string'),
  6: optional('version', 'string'),
  7: optional('address', {
    message: { 1: optional('hostname', 'string'), 2: optional('ip', 'string'), 3: required('port', 'int32') },
  }),
  8: optional('domain', { message: domain }),
  9: repeated('capabilities', {
    message: { 1: optional('type', oneOf(0, 'UNKNOWN', 'AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2')) },
  }),
}

const drainConfig: Schema = {
  1: optional('max_grace_period', { message: nanoseconds }),
  2: defaulted('mark_gone', 'bool', false),
}
const drainInfo: Schema = {
  1: required('state', oneOf(0, 'UNKNOWN', 'DRAINING', 'DRAINED')),
  2: required('config', { message: drainConfig }),
}

const gone = {
  1: required('id', { message: id }),
  2: required('timestamp', { message: nanoseconds }),
} satisfies Record<number, Field>

const unavailability: Schema = {
  1: required('start', { message: nanoseconds }),
  2: optional('duration', { message: nanoseconds }),
}
const machineId: Schema = { 1: optional('hostname', 'string'), 2: optional('ip', 'string') }
const machineInfo: Schema = {
  1: required('id', { message: machineId }),
  2: optional('mode', oneOf(1, 'UP', 'DRAINING', 'DOWN')),
  3: optional('unavailability', { message: unavailability }),
}
const window: Schema = {
  1: repeated('machine_ids', { message: machineId }),
  2: required('unavailability', { message: unavailability }),
}

const quotaInfo: Schema = {
  1: optional('role', 'string'),
  2: optional('principal', 'string'),
  3: repeated('guarantee', { message: resource }),
}
const quotaConfig: Schema = {
  1: required('role', 'string'),
  2: mapped('guarantees', scalar),
  3: mapped('limits', scalar),
}

const provider: Schema = {
  1: required('id', { message: id }),
  2: optional('type', 'string'),
  3: optional('name', 'string'),
}

export const registrySchema: Schema = {
  1: optional('master', { message: wrapped(masterInfo) }),
  2: optional('slaves', {
    message: listed({
      1: required('info', { message: slaveInfo }),
      2: optional('drain_info', { message: drainInfo }),
      3: defaulted('deactivated', 'bool', false),
    }),
  }),
  3: optional('machines', { message: { 1: repeated('machines', { message: wrapped(machineInfo) }) } }),
  4: repeated('schedules', { message: { 1: repeated('windows', { message: window }) } }),
  5: repeated('quotas', { message: wrapped(quotaInfo) }),
  6: repeated('weights', { message: wrapped({ 1: required('weight', 'double'), 2: optional('role', 'string') }) }),
  7: optional('unreachable', {
    message: listed({
      ...gone,
      3: optional('drain_info', { message: drainInfo }),
      4: defaulted('deactivated', 'bool', false),
    }),
  }),
  8: optional('gone', { message: listed(gone) }),
  9: optional('resource_provider_registry', {
    message: {
      1: repeated('resource_providers', { message: provider }),
      2: repeated('removed_resource_providers', { message: provider }),
    },
  }),
  10: repeated('minimum_capabilities', { message: { 1: required('capability', 'string') } }),
  11: repeated('quota_configs', { message: quotaConfig }),
}
