// Opens a store from plain data, so that a child process can open the same one.
import { Secret } from '../../src/secret.ts'
import { directoryStore } from '../../src/store/directory.ts'
import { s3Store } from '../../src/store/s3.ts'
import type { S3Options } from '../../src/store/s3-options.ts'
import type { Store } from '../../src/store/store.ts'

export type StoreAddress =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 's3'
      readonly options: Omit<S3Options, 'credentials'>
      readonly accessKey: string
      /** Of a server that a test made for itself. */
      readonly secretKey: string
    }

export async function openStore(address: StoreAddress): Promise<Store> {
  if (address.kind === 'directory') return directoryStore(address.path)
  const credentials = { accessKeyId: address.accessKey, secretAccessKey: new Secret(address.secretKey) }
  return await s3Store({ ...address.options, credentials }, () => new Date())
}
