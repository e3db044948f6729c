// What a node says of itself, and how it may differ from the one that is meant.
import { describe, expect, test } from 'vitest'
import { differences, readNode } from '../../src/dcos/node.ts'
import { versionsOfScript } from '../../src/dcos/upgrade-script.ts'

const id = '0b767f2a-77c7-4076-9e05-c6ad8e28c8a0'
const master = {
  detect_ip: '10.0.0.11',
  addresses: '10.0.0.11 172.17.0.1',
  roles: 'master',
  cluster_id: id,
  version: '{ "version": "2.1.1",  "dcos-variant": "open" }',
  units: 'dcos-mesos-master',
}
const text = (said: Readonly<Record<string, string>>) =>
  Object.entries(said)
    .map(([key, value]) => `${key}=${value} \n`)
    .join('')
const meant = { name: 'm1', address: '10.0.0.11', role: 'master', clusterId: id } as const
const differ = (change: Readonly<Record<string, string>>, other = {}) =>
  differences(readNode(text({ ...master, ...change })), { ...meant, ...other })

test('a master that is well', () => {
  expect(readNode(text(master))).toEqual({
    detectIp: '10.0.0.11',
    addresses: ['10.0.0.11', '172.17.0.1'],
    roles: ['master'],
    clusterId: id,
    version: '2.1.1',
    brokenSwap: undefined,
    activeUnits: ['dcos-mesos-master'],
  })
})

test('nothing, noise and half files are unknown, never an error', () => {
  expect(readNode('')).toMatchObject({ detectIp: undefined, roles: [], version: undefined, clusterId: undefined })
  expect(readNode('Welcome!\n=\nno line\n')).toMatchObject({ detectIp: undefined })
  for (const version of ['{', '{"version": ""}', '{"version": 2}', 'null', '[]'])
    expect(readNode(text({ ...master, version })).version, version).toBeUndefined()
})

test('a package swap that was cut off shows', () => {
  expect(readNode(text({ ...master, swap: 'install_progress' })).brokenSwap).toBe('install_progress')
})

describe('the machine that is meant', () => {
  test('has the address, the role and the cluster', () => {
    expect(differ({})).toEqual([])
    expect(differ({ detect_ip: '10.0.0.12' })).toEqual(['its address is 10.0.0.12, not 10.0.0.11'])
    expect(differ({ roles: 'slave' })).toEqual(['its DC/OS role is slave, not master'])
    expect(differ({ roles: 'master slave' })).toEqual(['its DC/OS role is master and slave, not master'])
    expect(differ({ cluster_id: 'other' })).toEqual([`its cluster id is other, not ${id}`])
  })

  test('speaks by its own addresses where detect_ip is gone', () => {
    expect(differ({ detect_ip: '' })).toEqual([])
    expect(differ({ detect_ip: '', addresses: '10.0.0.12' })).toEqual(['its address is 10.0.0.12, not 10.0.0.11'])
    expect(differ({ detect_ip: '', addresses: '' })).toEqual(['its address is unknown, not 10.0.0.11'])
  })

  test('a master never lacks its cluster id; an agent may, but never has another one', () => {
    expect(differ({ cluster_id: '' })).toEqual([`its cluster id is missing, not ${id}`])
    for (const roles of ['slave', 'slave_public']) {
      expect(differ({ cluster_id: '', roles }, { role: 'agent' })).toEqual([])
      expect(differ({ cluster_id: 'x', roles }, { role: 'agent' })).toEqual([`its cluster id is x, not ${id}`])
    }
  })

  test('nothing of it known: everything differs', () => {
    expect(differences(readNode(''), meant)).toHaveLength(3)
  })
})

describe('the versions of an upgrade script', () => {
  test('stand in its refusal, on one line or two', () => {
    expect(versionsOfScript('echo "Expecting to upgrade DC/OS from 2.1.1 to 2.2.1. Version found: $v"')).toEqual({
      from: '2.1.1',
      to: '2.2.1',
    })
    expect(
      versionsOfScript('x\nprint "Expecting to upgrade DC/OS from 1.13.10 to 2.0.6.\nVersion found on node"'),
    ).toEqual({
      from: '1.13.10',
      to: '2.0.6',
    })
  })

  test('are not read out of a page or a half script', () => {
    for (const page of ['', '<html>404</html>', 'Expecting to upgrade DC/OS from 2.1.1'])
      expect(versionsOfScript(page)).toBeUndefined()
  })
})
