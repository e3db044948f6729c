// What agents, frameworks and the leading master of the lab tell each other over a link. Both ends are this code.
import type { Json } from './json.ts'
import type { AgentInfo, Task } from './mesos-model.ts'

export type FromAgent =
  | { readonly kind: 'register'; readonly info: AgentInfo; readonly version: string; readonly tasks: readonly Task[] }
  | { readonly kind: 'pong' }
  | { readonly kind: 'tasks'; readonly tasks: readonly Task[] }

export type ToAgent =
  | { readonly kind: 'registered'; readonly id: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'launch'; readonly task: Task }
  | { readonly kind: 'kill'; readonly taskId: string }

export type FromFramework =
  | {
      readonly kind: 'subscribe'
      readonly id: string
      readonly name: string
      readonly role: string
      readonly hostname: string
      readonly webuiUrl: string
    }
  | {
      readonly kind: 'launch'
      readonly agentId: string
      readonly taskId: string
      readonly name: string
      readonly cpus: number
      readonly mem: number
    }
  | { readonly kind: 'kill'; readonly taskId: string }

export type ToFramework =
  | { readonly kind: 'subscribed'; readonly id: string }
  | {
      readonly kind: 'cluster'
      readonly agents: readonly string[]
      /** Agents of the registry that have not registered with this leader yet: nothing is known of their tasks. */
      readonly awaited: readonly string[]
      readonly tasks: readonly Task[]
    }

/** A line of a link as one of these messages; both ends run the same code, so that only the kind is looked at. */
export function messageOf<T extends { readonly kind: string }>(line: Json): T {
  const message: T = JSON.parse(JSON.stringify(line))
  return message
}
