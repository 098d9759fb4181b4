/**
 * The path and the query of a request's target, with its `?`. Any text may stand there, such as `//` or `*`, and
 * the URL parser throws at some of it: the target is only cut. A target with scheme and host, as proxies send it,
 * loses them.
 */
export function splitTarget(target = '/'): { path: string; search: string } {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const query = local.indexOf('?');
  if (query === -1) return { path: local || '/', search: '' };
  return { path: local.slice(0, query) || '/', search: local.slice(query) };
}
