// The part of node-zookeeper-client 1.1.3 that we use, its insides included (lib/ConnectionManager.js): we dial, frame and watch the line ourselves.
declare module 'node-zookeeper-client' {
  /** What the connection manager needs of a socket once it is connected. */
  export interface LineLike {
    write(bytes: Buffer): boolean
    destroy(): void
    setTimeout(milliseconds: number, callback: () => void): void
  }

  export interface Packet {
    readonly callback: (error: Exception) => void
  }

  export interface ConnectionManager {
    /** Called to dial, at first and after each lost line. Replaced by ours. */
    connect(): void
    socket: LineLike | undefined
    /** Bytes of a frame that is not complete yet; the original keeps half a frame of a lost line and chokes on the next. */
    pendingBuffer: Buffer | null
    zxid: Buffer
    /** Requests not yet written; the original keeps them over a lost line and sends them on the next one, however late. */
    readonly packetQueue: { shift(): Packet | undefined }
    setState(state: number): void
    onSocketConnected(): void
    onSocketData(bytes: Buffer): void
    onSocketDrain(): void
    onSocketClosed(hasError: boolean): void
  }

  export interface Stat {
    readonly czxid: Buffer
    readonly mzxid: Buffer
    readonly ctime: Buffer
    readonly mtime: Buffer
    readonly version: number
    readonly cversion: number
    readonly aversion: number
    readonly ephemeralOwner: Buffer
    readonly dataLength: number
    readonly numChildren: number
    readonly pzxid: Buffer
  }

  export interface AclEntry {
    readonly permission: number
    readonly id: { readonly scheme: string; readonly id: string }
  }

  /** An operation of a multi. The builder methods of the original turn version 0 into "any version", so we fill `ops` ourselves. */
  export type Op =
    | {
        readonly type: 1
        readonly path: string
        readonly data: Buffer
        readonly acls: readonly object[]
        readonly mode: number
      }
    | { readonly type: 2 | 13; readonly path: string; readonly version: number }
    | { readonly type: 5; readonly path: string; readonly data: Buffer; readonly version: number }

  export interface OpResult {
    readonly type: number
    readonly path?: string
    readonly stat?: Stat
    readonly err?: number
  }

  export interface Transaction {
    readonly ops: Op[]
    commit(callback: (error: Exception | undefined, results: readonly OpResult[] | undefined) => void): void
  }

  export type Answer<T> = (error: Exception | null | undefined, value: T) => void

  export interface Client {
    readonly connectionManager: ConnectionManager
    connect(): void
    close(): void
    addAuthInfo(scheme: string, auth: Buffer): void
    getSessionId(): Buffer
    getSessionPassword(): Buffer
    getSessionTimeout(): number
    create(path: string, data: Buffer, acls: readonly object[], mode: number, answer: Answer<string>): void
    remove(path: string, version: number, answer: Answer<void>): void
    setData(path: string, data: Buffer, version: number, answer: Answer<Stat>): void
    getData(
      path: string,
      answer: (error: Exception | null | undefined, data: Buffer | undefined, stat: Stat) => void,
    ): void
    exists(path: string, answer: Answer<Stat | null>): void
    getChildren(path: string, answer: Answer<readonly string[]>): void
    getACL(path: string, answer: Answer<readonly AclEntry[] | undefined>): void
    transaction(): Transaction
    on(event: 'state', listener: (state: { readonly code: number }) => void): this
  }

  export class Exception extends Error {
    readonly code: number
  }

  export const ACL: { readonly OPEN_ACL_UNSAFE: readonly object[]; readonly CREATOR_ALL_ACL: readonly object[] }
  export const State: {
    readonly SYNC_CONNECTED: { readonly code: number }
    readonly EXPIRED: { readonly code: number }
    readonly AUTH_FAILED: { readonly code: number }
  }

  export function createClient(
    connectionString: string,
    options: {
      readonly sessionTimeout: number
      readonly retries: number
      readonly sessionId?: Buffer
      readonly sessionPassword?: Buffer
    },
  ): Client
}
