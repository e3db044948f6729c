// The messages in a Mesos replicated log, by field number.
// Sources: apache/mesos src/messages/log.proto, include/mesos/state/state.proto, src/master/registry.proto,
// include/mesos/{mesos,maintenance,quota}.proto; dcos/dcos-mesos-modules overlay/overlay.proto.
import { choice, many, message, one, orElse } from './protobuf.ts'

const action = message({
  position: one(1, 'uint64'),
  promised: one(2, 'uint64'),
  performed: one(3, 'uint64'),
  learned: one(4, 'bool'),
  type: one(5, choice({ NOP: 1, APPEND: 2, TRUNCATE: 3 })),
  nop: one(6, () => message({ tombstone: one(1, 'bool') })),
  append: one(7, () => message({ bytes: one(1, 'bytes'), cksum: one(2, 'bytes') })),
  truncate: one(8, () => message({ to: one(1, 'uint64') })),
})

const metadata = message({
  status: one(1, choice({ VOTING: 1, RECOVERING: 2, STARTING: 3, EMPTY: 4 })),
  promised: one(2, 'uint64'),
})

export const record = message({
  type: one(1, choice({ PROMISE: 1, ACTION: 2, METADATA: 3 })),
  promise: one(2, () => message({ proposal: one(1, 'uint64') })),
  action: one(3, () => action),
  metadata: one(4, () => metadata),
})

const entry = message({ name: one(1, 'string'), uuid: one(2, 'bytes'), value: one(3, 'bytes') })

export const operation = message({
  type: one(1, choice({ SNAPSHOT: 1, EXPUNGE: 2, DIFF: 3 })),
  snapshot: one(2, () => message({ entry: one(1, () => entry) })),
  expunge: one(3, () => message({ name: one(1, 'string') })),
  diff: one(4, () => message({ entry: one(1, () => entry) })),
})

const scalar = message({ value: one(1, 'double') })
const text = message({ value: one(1, 'string') })
const id = text
const range = message({ begin: one(1, 'uint64'), end: one(2, 'uint64') })
const ranges = message({ range: many(1, () => range) })
const valueType = choice({ SCALAR: 0, RANGES: 1, SET: 2, TEXT: 3 })
const set = message({ item: many(1, 'string') })
const time = message({ nanoseconds: one(1, 'int64') })

const resource = message({
  name: one(1, 'string'),
  type: one(2, valueType),
  scalar: one(3, () => scalar),
  ranges: one(4, () => ranges),
  set: one(5, () => set),
  role: one(6, 'string'),
})

const attribute = message({
  name: one(1, 'string'),
  type: one(2, valueType),
  scalar: one(3, () => scalar),
  ranges: one(4, () => ranges),
  text: one(5, () => text),
  set: one(6, () => set),
})

const address = message({ hostname: one(1, 'string'), ip: one(2, 'string'), port: one(3, 'uint32') })
const capability = message({
  type: one(1, choice({ UNKNOWN: 0, AGENT_UPDATE: 1, AGENT_DRAINING: 2, QUOTA_V2: 3 })),
})

const masterInfo = message({
  id: one(1, 'string'),
  ip: one(2, 'uint32'),
  port: one(3, 'uint32'),
  pid: one(4, 'string'),
  hostname: one(5, 'string'),
  version: one(6, 'string'),
  address: one(7, () => address),
  capabilities: many(9, () => capability),
})

const slaveInfo = message({
  hostname: one(1, 'string'),
  resources: many(3, () => resource),
  attributes: many(5, () => attribute),
  id: one(6, () => id),
  checkpoint: one(7, 'bool'),
  port: one(8, 'uint32'),
})

const duration = message({ nanoseconds: one(1, 'int64') })
const drainInfo = message({
  state: one(1, choice({ UNKNOWN: 0, DRAINING: 1, DRAINED: 2 })),
  config: one(2, () => message({ max_grace_period: one(1, () => duration), mark_gone: one(2, 'bool') })),
})

const machineId = message({ hostname: one(1, 'string'), ip: one(2, 'string') })
const unavailability = message({ start: one(1, () => time), duration: one(2, () => duration) })
const machineInfo = message({
  id: one(1, () => machineId),
  mode: one(2, choice({ UP: 1, DRAINING: 2, DOWN: 3 })),
  unavailability: one(3, () => unavailability),
})
const window = message({ machine_ids: many(1, () => machineId), unavailability: one(2, () => unavailability) })

const admitted = message({
  info: one(1, () => slaveInfo),
  drain_info: one(2, () => drainInfo),
  deactivated: orElse(false, one(3, 'bool')),
})

const unreachable = message({
  id: one(1, () => id),
  timestamp: one(2, () => time),
  drain_info: one(3, () => drainInfo),
  deactivated: orElse(false, one(4, 'bool')),
})

export const registry = message({
  master: one(1, () => message({ info: one(1, () => masterInfo) })),
  slaves: one(2, () => message({ slaves: many(1, () => admitted) })),
  machines: one(3, () => message({ machines: many(1, () => message({ info: one(1, () => machineInfo) })) })),
  schedules: many(4, () => message({ windows: many(1, () => window) })),
  weights: many(6, () =>
    message({ info: one(1, () => message({ weight: one(1, 'double'), role: one(2, 'string') })) }),
  ),
  unreachable: one(7, () => message({ slaves: many(1, () => unreachable) })),
  gone: one(8, () =>
    message({ slaves: many(1, () => message({ id: one(1, () => id), timestamp: one(2, () => time) })) }),
  ),
  minimum_capabilities: many(10, () => message({ capability: one(1, 'string') })),
  quota_configs: many(11, () =>
    message({ role: one(1, 'string'), guarantees: many(2, { map: scalar }), limits: many(3, { map: scalar }) }),
  ),
})

const overlayInfo = message({
  name: one(1, 'string'),
  subnet: one(2, 'string'),
  prefix: one(3, 'uint32'),
  enabled: one(6, 'bool'),
})

const bridge = message({ name: one(1, 'string'), ip: one(2, 'string') })
const vxlan = message({
  vni: one(1, 'uint32'),
  vtep_name: one(2, 'string'),
  vtep_ip: one(3, 'string'),
  vtep_mac: one(4, 'string'),
})

const overlayStatus = choice({ STATUS_INVALID: 0, STATUS_OK: 1, STATUS_FAILED: 2, STATUS_CONFIGURING: 3 })

const agentOverlay = message({
  info: one(1, () => overlayInfo),
  subnet: one(2, 'string'),
  mesos_bridge: one(3, () => bridge),
  docker_bridge: one(4, () => bridge),
  backend: one(5, () => message({ vxlan: one(1, () => vxlan) })),
  state: one(6, () => message({ status: one(1, overlayStatus), error: one(2, 'string') })),
})

export const overlayState = message({
  network: one(1, () =>
    message({
      vtep_subnet: one(1, 'string'),
      vtep_mac_oui: one(2, 'string'),
      overlays: many(3, () => overlayInfo),
    }),
  ),
  agents: many(2, () =>
    message({
      ip: one(1, 'string'),
      overlays: many(2, () => agentOverlay),
      configuration_attempts: one(3, 'uint32'),
    }),
  ),
})
