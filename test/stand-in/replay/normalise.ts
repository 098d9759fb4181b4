import { Binary, Long, Timestamp } from 'mongodb';
import { isMap, mapTree, type Node, type NodeMap } from './tree.js';

const VOLATILE_FIELDS = new Set([
  '$clusterTime',
  'electionId',
  'opTime',
  'localTime',
  'connectionId',
  'topologyVersion',
  'lastWrite',
  'wallTime',
  'client',
]);
const TIME_FIELDS = new Set(['clusterTime', 'startAtOperationTime']);
const LONG_STRING = 1000;
const HOST_TEXT = /\b127\.0\.0\.1:\d+/g;
const UUID_TEXT = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const placeholder = (name: string, value: Node, more: [string, Node][] = []): NodeMap =>
  new Map<string, Node>([[name, value], ...more]);
const timeKey = (time: Timestamp): string => time.toBigInt().toString().padStart(20, '0');
const isUuid = (node: Node): node is Binary =>
  node instanceof Binary && node.sub_type === Binary.SUBTYPE_UUID;
const isLong = (node: Node | undefined): node is Long => node instanceof Long && !(node instanceof Timestamp);

function tokenOf(node: Node): string | undefined {
  const data = isMap(node) ? node.get('_data') : undefined;
  return typeof data === 'string' && /^82[0-9A-F]{16}/.test(data) ? data : undefined;
}

function tokenKind(data: string): [string, Node][] {
  const [, type, fromInvalidate] =
    /^82[0-9A-F]{16}2B0[0-9A-F](29|2C0100)(?:29|2B[0-9A-F]{2})(6E|6F)/.exec(data) ?? [];
  if (!type) return [];
  return [['kind', fromInvalidate === '6F' ? 'invalidate' : type === '29' ? 'highWaterMark' : 'event']];
}

const number = <Key>(seen: Map<Key, number>, value: Key): void => {
  if (!seen.has(value)) seen.set(value, seen.size + 1);
};
const ranks = (values: Set<string>): Map<string, number> =>
  new Map([...values].sort().map((value, index) => [value, index + 1]));

/** Puts placeholders where runs differ, as they stand in the recordings: equality and order within the trace stay. */
export function normalise(trace: Node): Node {
  const tokens = new Set<string>();
  const times = new Set<string>();
  const cursors = new Map<string, number>();
  const uuids = new Map<string, number>();
  const hosts = new Map<string, number>();

  mapTree(trace, (node, key = '') => {
    const token = tokenOf(node);
    if (token) tokens.add(token);
    if (node instanceof Timestamp && TIME_FIELDS.has(key)) times.add(timeKey(node));
    const id = isMap(node) && node.has('ns') ? node.get('id') : undefined;
    if (isLong(id) && !id.isZero()) number(cursors, id.toString());
    if (isUuid(node)) number(uuids, node.toString('hex'));
    if (typeof node === 'string') for (const [host] of node.matchAll(HOST_TEXT)) number(hosts, host);
    return VOLATILE_FIELDS.has(key) ? null : undefined;
  });
  const tokenNumber = ranks(tokens);
  const timeNumber = ranks(times);

  return mapTree(trace, (node, key = '') => {
    if (VOLATILE_FIELDS.has(key)) return placeholder('$volatile', key);
    const token = tokenOf(node);
    if (token) return placeholder('$token', tokenNumber.get(token) as number, tokenKind(token));
    if (node instanceof Timestamp && (TIME_FIELDS.has(key) || key === 'operationTime')) {
      const rank = timeNumber.get(timeKey(node));
      return rank ? placeholder('$time', rank) : placeholder('$volatile', key);
    }
    if (isLong(node) && cursors.has(node.toString()))
      return placeholder('$cursor', cursors.get(node.toString()) as number);
    if (isUuid(node)) return placeholder('$uuid', uuids.get(node.toString('hex')) as number);
    return typeof node === 'string' ? normaliseText(node) : undefined;
  });

  function normaliseText(text: string): Node {
    if (text.length > LONG_STRING && text === text.charAt(0).repeat(text.length))
      return placeholder('$repeat', [text.charAt(0), text.length]);
    let result = text
      .replace(UUID_TEXT, '<uuid>')
      .replace(HOST_TEXT, (host) => `<host ${hosts.get(host)}>`)
      .replace(/RecordId\(\d+\)/g, 'RecordId(<id>)')
      .replace(/Timestamp\(\d{9,}, \d+\)/g, '<time>');
    for (const [id, rank] of cursors) result = result.replaceAll(id, `<cursor ${rank}>`);
    for (const [data, rank] of tokenNumber) result = result.replaceAll(data, `<token ${rank}>`);
    return result;
  }
}
