// What a schema can't say of a cluster file: rules between its parts, each with a name. All are asked; none stops at the first.
import type { ClusterFile } from './schema.ts'

interface BrokenRule {
  readonly path: readonly (string | number)[]
  readonly says: string
}
type Rule = (file: ClusterFile) => readonly BrokenRule[]

const oddNumberOfMasters: Rule = ({ masters }) =>
  masters.length % 2 === 1
    ? []
    : [{ path: ['masters'], says: `names ${masters.length} masters; DC/OS has 1, 3, 5, 7 or 9` }]

const namesAndAddressesOnce: Rule = ({ masters, nodes, bootstrap }) => {
  const broken: BrokenRule[] = []
  const seen = new Map<string, string>()
  const once = (value: string, path: readonly (string | number)[]) => {
    const first = seen.get(value)
    if (first) broken.push({ path, says: `${value} stands already at ${first}` })
    else seen.set(value, path.join('.'))
  }
  masters.forEach((master, index) => {
    once(master.name, ['masters', index, 'name'])
    once(master.address, ['masters', index, 'address'])
  })
  if (bootstrap) once('bootstrap', ['bootstrap'])
  for (const [address, node] of Object.entries(nodes)) {
    once(address, ['nodes', address])
    if (node.name) once(node.name, ['nodes', address, 'name'])
  }
  return broken
}

const storeSaysHowItIsEncrypted: Rule = ({ store, encryption }) =>
  store && !encryption
    ? [{ path: ['store'], says: 'needs `encryption:` beside it: a list of age recipients, or the word none' }]
    : []

const retentionKeepsSomething: Rule = ({ retention }) =>
  retention && Object.values(retention.keep).every(wanted => wanted === 0)
    ? [{ path: ['retention', 'keep'], says: 'keeps nothing: name last, daily, weekly, monthly or yearly' }]
    : []

const rules: readonly Rule[] = [
  oddNumberOfMasters,
  namesAndAddressesOnce,
  storeSaysHowItIsEncrypted,
  retentionKeepsSomething,
]

export const brokenRules = (file: ClusterFile): readonly BrokenRule[] => rules.flatMap(rule => rule(file))
