import { isLoopback, refuseOpenDoor } from '../access.js';
import type { Config } from '../config.js';
import { type Finding, failing, sound, warning, whatAndTodo } from '../domain/finding.js';
import { tlsFiles, trustedDocuments } from '../given-files.js';
import { loadHooks } from '../load-hooks.js';
import { loadRetentionRules } from '../operate/retention-rules.js';
import { loadWebhooks } from '../operate/webhooks/endpoints.js';
import { storeOptions } from '../store-options.js';
import { examineStore, type OpenedStore } from '../stores/open-store.js';
import { oneLine } from './describe-failure.js';
import { openQuietly } from './open-database.js';
import { plainText } from './plain-text.js';
import { roundTrip } from './round-trip.js';

/** One finding for everything that was looked at; `code` is 1 where something fails. */
export async function runDoctor(
  { json }: { json: boolean },
  config: Config,
  now: () => Date,
): Promise<{ output: string; code: number }> {
  const findings = await findAll(config, now);
  const fails = findings.some(({ level }) => level === 'fail');
  return { output: findings.map(json ? jsonLine : line).join(''), code: fails ? 1 : 0 };
}

async function findAll(config: Config, now: () => Date): Promise<Finding[]> {
  const { metadataIndexes } = config;
  const findings = await givenFiles(config);
  const looked = await examineStore(storeOptions(config), { metadataIndexes, now: now() });
  findings.push(...looked.findings);
  if (!looked.usable) return findings;
  let opened: OpenedStore;
  try {
    // Nothing of the database is changed by opening it: no index is made or dropped.
    opened = await openQuietly({ ...config, indexes: 'off' });
  } catch (error) {
    return [...findings, failing('write', textOf(error), 'The server does not start until this is mended.')];
  }
  try {
    return [
      ...findings,
      await door(config, opened),
      ...(await roundTrip(opened.sessions, now)),
      ...(config.webhooks === null ? [] : await undelivered(opened)),
    ];
  } finally {
    await opened.close();
  }
}

/** The variables were read; here it is what they name. */
async function givenFiles(config: Config): Promise<Finding[]> {
  const looks: (() => Promise<unknown>)[] = [
    async () => config.hooks !== null && loadHooks(config.hooks),
    async () => config.operations !== null && trustedDocuments(config.operations),
    () => tlsFiles(config),
    async () => config.retentionRules !== null && loadRetentionRules(config.retentionRules),
    async () =>
      config.webhooks !== null && loadWebhooks(config.webhooks, config.webhookAllowPrivate, process.env),
  ];
  const results = await Promise.allSettled(looks.map((look) => look()));
  const wrong = results.flatMap((result) => (result.status === 'rejected' ? [textOf(result.reason)] : []));
  if (wrong.length === 0)
    return [sound('configuration', 'every variable and every file that one names can be used')];
  return wrong.map((text) => failing('configuration', text, 'Correct it: the server does not start.'));
}

/** Whether everyone who reaches the address may read and write everything. */
async function door(config: Config, { keys }: OpenedStore): Promise<Finding> {
  const required = async () => config.jwtIssuer !== null || (await keys.any());
  try {
    await refuseOpenDoor(config, isLoopback(config.host), { required });
  } catch (error) {
    return failing('access', ...whatAndTodo(oneLine((error as Error).message), 'Correct it.'));
  }
  if (await required()) return sound('access', 'callers are asked for a credential');
  return isLoopback(config.host)
    ? sound(
        'access',
        `nobody is asked for a credential, and HOST ${config.host} is reached from this machine alone`,
      )
    : sound('access', 'nobody is asked for a credential, as ALLOW_UNAUTHENTICATED says');
}

/** Nothing where all endpoints take what they are sent. */
async function undelivered({ webhooks }: OpenedStore): Promise<Finding[]> {
  return (await webhooks.list()).flatMap(({ endpoint, disabled, dead }) => [
    ...(disabled === null
      ? []
      : [
          warning(
            'webhooks',
            `nothing is sent to ${endpoint}: it has answered ${disabled}`,
            `parley webhooks enable ${endpoint}, once it wants events again; or take it out of WEBHOOKS and parley webhooks forget it.`,
          ),
        ]),
    ...(dead === 0
      ? []
      : [
          warning(
            'webhooks',
            `${dead} events were not taken by ${endpoint} for three days`,
            `parley webhooks dead ${endpoint} shows them; resend or discard them.`,
          ),
        ]),
  ]);
}

const textOf = (error: unknown) => oneLine((error as Error).message).replace(/\.$/, '');

/** `warn  space  …` and, below it, what to do. */
function line({ check, level, found, todo }: Finding): string {
  const indent = ' '.repeat(23);
  const first = `${level.padEnd(6)}${check.padEnd(17)}${plainText(found)}\n`;
  return todo === null ? first : `${first}${indent}-> ${plainText(todo)}\n`;
}

const jsonLine = (finding: Finding) => `${JSON.stringify(finding)}\n`;
