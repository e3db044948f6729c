// Turns the errors of the layers below into endings for the operator. What is not named here is a fault of our own.

import { because, DcosctlError } from '../errors.ts'
import { UnexpectedAnswer } from '../http.ts'
import { StoreError } from '../store/store.ts'
import { AuthFailed, ConnectionLost, NoServer, SessionExpired } from '../zookeeper/session/errors.ts'

const unchanged = 'Nothing was changed.'

/** Errors of the file system carry a code such as ENOSPC; here they are about dcosctl's own files. */
const isFileError = (error: Error): error is Error & { readonly code: string; readonly path?: string } =>
  'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code) && 'syscall' in error

export function translated(error: Error): Error {
  if (error instanceof DcosctlError) return error
  if (error instanceof StoreError) {
    const next = error.remedy === undefined ? [] : [error.remedy]
    return new DcosctlError('REFUSED', { what: `${because(error)}.`, state: unchanged, next, cause: error })
  }
  if (error instanceof AuthFailed) {
    const next = ['look at the cluster file: zookeeper.auth']
    return new DcosctlError('REFUSED', {
      what: 'ZooKeeper refuses the credentials.',
      state: unchanged,
      next,
      cause: error,
    })
  }
  if (error instanceof NoServer || error instanceof ConnectionLost || error instanceof SessionExpired) {
    const what = `ZooKeeper can't be used: ${because(error)}.`
    return new DcosctlError('REFUSED', {
      what,
      state: unchanged,
      next: ['dcosctl check zookeeper-quorum'],
      cause: error,
    })
  }
  if (error instanceof UnexpectedAnswer) {
    return new DcosctlError('REFUSED', {
      what: `${error.message}.`,
      state: unchanged,
      next: ['dcosctl check'],
      cause: error,
    })
  }
  if (isFileError(error)) {
    const what = `A file on this workstation can't be read or written: ${error.message}.`
    return new DcosctlError('REFUSED', { what, next: ['mend the disk or its rights, then try again'], cause: error })
  }
  return error
}
