// What the operating system says about a directory store, in the operator's words.
import { StoreError } from './store.ts'

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** @param what what we were about, e.g. `can't write a/b` */
export function directoryError(where: string, what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const cause = error
  if (hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) {
    const remedy = 'make room there, then start again; what is there:  dcosctl backup list'
    return new StoreError('no-space', where, `${what}: no room left`, { remedy, cause })
  }
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) {
    const remedy = `see that this user may write there: ls -ld ${where}; findmnt -T ${where}`
    return new StoreError('denied', where, `${what}: not allowed (${codeOf(error)})`, { remedy, cause })
  }
  if (what.startsWith("can't read") && hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP')) {
    return new StoreError('not-found', where, `${what}: there is no such file`, { cause })
  }
  if (hasCode(error, 'ENOENT')) {
    const remedy = `if it is a mount, mount it; else: mkdir -m 700 ${where}`
    return new StoreError('no-such-place', where, `${what}: there is no such directory`, { remedy, cause })
  }
  if (hasCode(error, 'EISDIR', 'ENOTDIR', 'EEXIST')) {
    return new StoreError('bad-key', where, `${what}: a file or folder is in the way of it`, { cause })
  }
  if (hasCode(error, 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) {
    const remedy = 'keep backups on a file system with hard links (ext4, XFS, NFS)'
    return new StoreError('unsupported', where, `${what}: this file system can't do that`, { remedy, cause })
  }
  return new StoreError('other', where, `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
