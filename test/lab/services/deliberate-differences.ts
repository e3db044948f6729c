// Where the simulated Mesos differs from the recorded one on purpose: one table, each line with its reason.

/** Requests that are not simulated: nothing in the lab asks them. */
export const notSimulated: readonly { readonly request: RegExp; readonly reason: string }[] = [
  {
    request: /GET_(STATE|ROLES|WEIGHTS|QUOTA|EXECUTORS|OPERATIONS|AGENT|CONTAINERS)\b/,
    reason: 'operator calls dcosctl does not make',
  },
  { request: /^GET \/(monitor\/statistics|containers)$/, reason: 'agents run no containers' },
]

/** Of an agent, the operator API and the machine's statistics are not simulated. */
export const notSimulatedOfAgents: readonly { readonly request: RegExp; readonly reason: string }[] = [
  ...notSimulated,
  { request: /^POST \/api\/v1/, reason: 'dcosctl asks masters only' },
  { request: /^GET \/system\/stats.json$/, reason: 'dcosctl asks masters only' },
]

/** Fields or metrics (as `path: kind`) that one side lacks. */
export const differentFields: readonly { readonly field: RegExp; readonly reason: string }[] = [
  { field: /\boverlay\/master\/log\//, reason: "DC/OS' overlay module, which the recorded Mesos did not have" },
  {
    field: /quota\/roles|\.quota_configs|\.minimum_capabilities|\.weights/,
    reason: 'the lab has no quota and no weights',
  },
  {
    field: /^\.(infos|configs)\b|^\[\]|^\.roles\[\]\.(quota\.|resources|allocated|offered|reserved|frameworks)/,
    reason:
      'of /quota, /weights and /roles: nothing is guaranteed, limited or weighted in the lab; its resources have other names',
  },
  {
    field: /^\.unreachable[:.]/,
    reason: 'the registry names the list once it was used; the lab names it from the first change on',
  },
  {
    field: /\.(framework_info\.)?roles\b/,
    reason: 'the recorded keeper is multi-role; Marathon here has one role, as the recorded mesos-execute',
  },
  { field: /frameworks\[\]\.reregistered_time/, reason: 'the lab prints it after a fail-over' },
  { field: /\.framework_info\.(hostname|webui_url)/, reason: 'Marathon has them, the recorded frameworks had none' },
  { field: /\.kill_policy/, reason: "the recorded tasks have one; Marathon's here have none" },
  { field: /^\.flags\./, reason: 'of an agent, only the flags an operator reads' },
]
