// The manifest: what a backup is, in one JSON file whose last field is the digest of everything before it.
import { z } from 'zod'
import { sha256 } from './bytes.ts'

export const manifestName = 'manifest.json'
export const sumsName = 'SHA256SUMS'

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in lower-case hex')
const size = z.int().min(0)
const moment = z.iso.datetime()

/** Sorts by time and tells two of the same second apart: `2026-11-20T020000Z-7f3a`. */
const backupId = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{6}Z-[0-9a-f]{4}$/, 'is not a backup id')

/** A path below the backup that `sha256sum -c`, every file system and S3 take as it is. */
export const objectName = z
  .string()
  .max(400)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._@+=-]*(\/[A-Za-z0-9_][A-Za-z0-9._@+=-]*)*$/, 'is not a name of an object')
  .refine(name => name !== manifestName && name !== sumsName, 'is kept for the backup itself')

/** `decoded`: its content was understood while it was written. `stored`: its bytes were read back as well. */
const level = z.enum(['decoded', 'stored'])

const object = z.strictObject({
  name: objectName,
  bytes: size,
  sha256: digest,
  plainBytes: size,
  plainSha256: digest,
  level,
  /** What the object says about the cluster; each kind has its own facts. Numbers beyond 2^53 are hex strings. */
  content: z.record(z.string(), z.json()),
})

const manifest = z.strictObject({
  format: z.literal('dcosctl-backup'),
  version: z.literal(1),
  backup: backupId,
  cluster: z.strictObject({ name: z.string().min(1), id: z.string().min(1) }),
  dcosctl: z.string().min(1),
  started: moment,
  finished: moment,
  /** Of the control host. */
  host: z.string().min(1),
  way: z.enum(['files', 'stopped', 'api']),
  encryption: z.enum(['none', 'age']),
  levels: z.strictObject({ decoded: z.literal(true), stored: z.boolean() }),
  objects: z.array(object).min(1),
  /** What this cluster could have had in its backup, and why it has not. */
  absent: z.array(z.strictObject({ what: z.string().min(1), why: z.string().min(1) })),
  /** Digest of SHA256SUMS. */
  sums: digest,
})

export type Manifest = z.output<typeof manifest>
export type BackupObject = z.output<typeof object>
export type Content = BackupObject['content']

/** The manifest is not what it was, or never was one. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** @param random four hex digits */
export function newBackupId(at: Date, random: string): string {
  return backupId.parse(`${at.toISOString().slice(0, 19).replaceAll(':', '')}Z-${random}`)
}

export function isBackupId(name: string): boolean {
  return backupId.safeParse(name).success
}

/**
 * The same value always gives the same bytes. The digest covers every byte before its own line, the comma and line feed included:
 * `head -n -2 manifest.json | sha256sum`.
 * @throws ZodError if the value is no manifest
 */
export function manifestBytes(value: Manifest): Buffer {
  const text = JSON.stringify(sorted(manifest.parse(value)), undefined, 2)
  const covered = Buffer.from(`${text.slice(0, -'\n}'.length)},\n`)
  return Buffer.concat([covered, Buffer.from(lastLines(sha256(covered)))])
}

/** @throws ManifestError for any byte that is not as it was written */
export function parseManifest(bytes: Uint8Array): Manifest {
  const covered = bytes.subarray(0, bytes.byteLength - lastLines('0'.repeat(64)).length)
  const wanted = lastLines(sha256(covered))
  const seen = Buffer.from(bytes.subarray(covered.byteLength))
  if (bytes.byteLength < wanted.length || !seen.equals(Buffer.from(wanted))) {
    throw new ManifestError('its bytes do not have the digest that its last line says: it is damaged or was cut off')
  }
  const text = `${new TextDecoder('utf-8', { fatal: true }).decode(covered).trimEnd().slice(0, -1)}}`
  const result = manifest.safeParse(JSON.parse(text))
  if (result.success) return result.data
  throw new ManifestError(`it is whole, but not a manifest of version 1: ${z.prettifyError(result.error)}`)
}

function lastLines(digest: string): string {
  return `  "sha256": "${digest}"\n}\n`
}

/** Fields of objects in the order of the alphabet, except at the top, where the schema's order reads best. */
function sorted(value: Manifest): Manifest {
  return { ...value, objects: value.objects.map(one => ({ ...one, content: sortedContent(one.content) })) }
}

type Json = z.output<ReturnType<typeof z.json>>

function sortedContent(content: Content): Content {
  return Object.fromEntries(
    Object.entries(content)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, sortedJson(value)]),
  )
}

function sortedJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedJson)
  return typeof value === 'object' && value !== null ? sortedContent(value) : value
}

/** As `sha256sum` prints it and `sha256sum -c` reads it. */
export function sumsText(objects: readonly { readonly name: string; readonly sha256: string }[]): string {
  return objects.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')
}
