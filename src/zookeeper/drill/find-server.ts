// Where java and ZooKeeper's jars are on a machine: one list of places, looked through by a script that runs here and on masters.

/** A home of ZooKeeper has its jar in it or in its `lib`, and beside it what it needs. */
const homes = [
  '/opt/mesosphere/active/exhibitor/usr/zookeeper', // DC/OS (dcos/dcos packages/exhibitor)
  '/usr/share/zookeeper',
  '/opt/zookeeper',
] as const

/** Debian puts the jars of all packages into one folder. */
const debian = '/usr/share/java'
const debianJars = ['zookeeper', 'slf4j-simple', 'slf4j-api', 'servlet-api'] as const

const javas = [
  '/opt/mesosphere/active/java/usr/java/bin/java', // DC/OS (dcos/dcos packages/java)
  '/usr/bin/java',
  '/usr/local/bin/java',
] as const

/** $1: a home to take instead of the usual ones, or nothing. Prints java and the class path, a line each; exit 3 says what is missing. */
export const findServerScript = `set -u
home=\${1-}
java=
for each in "\${JAVA_HOME:-/nonexistent}/bin/java" ${javas.join(' ')}; do
  if [ -x "$each" ]; then java=$each; break; fi
done
[ -n "$java" ] || java=$(command -v java) || { echo "there is no java" >&2; exit 3; }
has_jar() {
  for jar in "$1"/zookeeper.jar "$1"/zookeeper-[0-9]*.jar; do [ -e "$jar" ] && return 0; done
  return 1
}
if [ -n "$home" ]; then set -- "$home"; else set -- ${homes.join(' ')}; fi
for each in "$@"; do
  if has_jar "$each" || has_jar "$each/lib"; then
    printf '%s\\n%s\\n' "$java" "$each/*:$each/lib/*"
    exit 0
  fi
done
[ -z "$home" ] || { echo "there is no zookeeper*.jar in $home or $home/lib" >&2; exit 3; }
[ -e ${debian}/zookeeper.jar ] || { echo "there is no ZooKeeper in ${[...homes, debian].join(', ')}" >&2; exit 3; }
printf '%s\\n%s\\n' "$java" ${debianJars.map(name => `${debian}/${name}.jar`).join(':')}
`

export interface FoundServer {
  readonly java: string
  readonly classPath: string
}

/** @throws Error where that was not the answer of the script */
export function parseFound(stdout: string): FoundServer {
  const [java, classPath] = stdout.split('\n')
  if (!java?.startsWith('/') || !classPath) throw new Error(`no java and no class path: ${JSON.stringify(stdout)}`)
  return { java, classPath }
}
