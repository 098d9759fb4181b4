import { CONFIGURED, type Options, parseWords, refuseWords, settingsOf, UsageError } from './parse-words.js';

/** `ids` null: all dead letters. */
export type WebhooksCommand =
  | { action: 'list'; json: boolean }
  | { action: 'dead'; endpoint: string; json: boolean }
  | { action: 'resend' | 'discard'; endpoint: string; ids: readonly string[] | null }
  | { action: 'enable' | 'forget' | 'test'; endpoint: string };

const WEBHOOKS: Options = { ...CONFIGURED, all: { type: 'boolean' }, json: { type: 'boolean' } };
const OF_ENDPOINT = ['enable', 'forget', 'test'] as const;

export function readWebhooks(
  words: readonly string[],
):
  | { name: 'webhooks'; command: WebhooksCommand; flags: Record<string, string> }
  | { name: 'help'; topic: 'webhooks' } {
  const { values, positionals } = parseWords(words, WEBHOOKS);
  if (values.help) return { name: 'help', topic: 'webhooks' };
  const json = values.json === true;
  return {
    name: 'webhooks',
    command: commandOf(positionals, json, values.all === true),
    flags: settingsOf(values),
  };
}

function commandOf(
  [action = 'list', ...rest]: readonly string[],
  json: boolean,
  all: boolean,
): WebhooksCommand {
  if (all && action !== 'resend' && action !== 'discard')
    throw new UsageError(`webhooks ${action} takes no --all`);
  if (json && action !== 'list' && action !== 'dead')
    throw new UsageError(`webhooks ${action} takes no --json`);
  if (action === 'list') {
    refuseWords('webhooks list', rest);
    return { action, json };
  }
  const [endpoint, ...more] = rest;
  const simple = OF_ENDPOINT.find((one) => one === action);
  if (!simple && action !== 'dead' && action !== 'resend' && action !== 'discard') {
    throw new UsageError('webhooks takes list, dead, resend, discard, enable, forget or test');
  }
  if (endpoint === undefined) throw new UsageError(`webhooks ${action} takes the name of an endpoint`);
  if (action === 'resend' || action === 'discard') {
    if (all === more.length > 0) {
      throw new UsageError(`webhooks ${action} takes ids of dead letters, or --all`);
    }
    return { action, endpoint, ids: all ? null : more };
  }
  refuseWords(`webhooks ${action}`, more);
  return simple ? { action: simple, endpoint } : { action: 'dead', endpoint, json };
}
