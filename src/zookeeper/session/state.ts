// How a ZooKeeper session stands.

/** `since` in milliseconds of the session's clock. */
export type SessionState =
  | { readonly is: 'connected'; readonly to: string }
  /** No server right now; the session may well live on. */
  | { readonly is: 'suspended'; readonly since: number; readonly because: string }
  /** Nothing was answered for a whole session time-out: the servers may have expired it. It is still being tried. */
  | { readonly is: 'lost'; readonly since: number }
  /** A server said so. Final. */
  | { readonly is: 'expired' }
  | { readonly is: 'closed' }
