// DC/OS' overlay module of a leading Mesos master: which subnet each agent has, kept in its own replicated log.
// Shapes: dcos/dcos-mesos-modules overlay/{overlay.proto,master.cpp}; addresses: dcos/dcos gen/calc.py.
import { type JsonObject, listAt, textAt } from './json.ts'
import type { Registrar } from './registrar.ts'

const overlay: JsonObject = { name: 'dcos', subnet: '9.0.0.0/8', prefix: 24, enabled: true }
const network: JsonObject = { vtep_subnet: '44.128.0.0/20', vtep_mac_oui: '70:B3:D5:00:00:00', overlays: [overlay] }

function agentOf(ip: string, index: number): JsonObject {
  const subnet = `9.0.${index}`
  const vtep = `44.128.0.${index + 1}`
  return {
    ip,
    overlays: [
      {
        info: overlay,
        subnet: `${subnet}.0/24`,
        mesos_bridge: { name: 'm-dcos', ip: `${subnet}.0/25` },
        docker_bridge: { name: 'd-dcos', ip: `${subnet}.128/25` },
        backend: {
          vxlan: {
            vni: 1024,
            vtep_name: 'vtep1024',
            vtep_ip: `${vtep}/20`,
            vtep_mac: `70:b3:d5:80:00:${(index + 1).toString(16).padStart(2, '0')}`,
          },
        },
        state: { status: 'STATUS_OK' },
      },
    ],
    configuration_attempts: 1,
  }
}

export class Overlay {
  readonly #registrar: Registrar

  constructor(registrar: Registrar) {
    this.#registrar = registrar
  }

  /** The state as the module prints it; empty on a master that does not lead. */
  get state(): JsonObject {
    return this.#registrar.value ?? {}
  }

  async recover(): Promise<void> {
    await this.#registrar.recover(found => ({ ...found, network }))
  }

  /** Gives an agent that is not known yet its subnet. */
  async admit(ip: string): Promise<void> {
    const known = () => listAt(this.#registrar.value, 'agents').some(agent => textAt(agent, 'ip') === ip)
    if (this.#registrar.value === undefined || known()) return
    await this.#registrar.update(state => {
      const agents = listAt(state, 'agents')
      return known() ? state : { ...state, agents: [...agents, agentOf(ip, agents.length)] }
    })
  }
}
