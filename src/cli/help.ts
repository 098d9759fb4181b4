import { flagOf, SETTINGS } from '../config.js';
import { SCOPES } from '../domain/access/policy.js';
import type { HelpTopic } from './arguments.js';
import { backupHelp, doctorHelp, exportHelp, importHelp } from './moving-help.js';
import { webhooksHelp } from './webhooks-help.js';

const TEXTS: Readonly<Record<HelpTopic, () => string>> = {
  parley: parleyHelp,
  serve: serveHelp,
  tail: tailHelp,
  keys: keysHelp,
  retention: retentionHelp,
  webhooks: () => webhooksHelp,
  backup: () => backupHelp,
  doctor: () => doctorHelp,
  export: () => exportHelp,
  import: () => importHelp,
};

/** The text of `parley --help`, and of `--help` after a command. */
export const helpText = (topic: HelpTopic): string => TEXTS[topic]();

function parleyHelp(): string {
  return `Parley: a GraphQL server for the conversations of AI agents.

Usage:
  parley [serve] [options]        run the server
  parley tail <session> [options] follow a conversation in the terminal
  parley keys create|list|revoke  API keys
  parley retention [--dry-run]    remove what the retention rules do not keep
  parley webhooks                 how the endpoints of webhooks are; dead letters, resend
  parley backup <file>            copy the SQLite file while a server writes to it
  parley export <file>            write sessions to a file, to move or to keep them
  parley import <file>            write such a file into a database; --check compares
  parley doctor                   look for what is wrong, and say what to do
  parley schema                   print the schema, for code generators
  parley --version                print the version

  --help after a command, or parley help and its name, lists its options.
`;
}

function serveHelp(): string {
  return `Usage: parley serve [options]

Runs the server until SIGTERM or SIGINT. Each option is also an environment variable; an option wins.

${settingLines()}
  -h, --help
  -v, --version
`;
}

function tailHelp(): string {
  return `Usage: parley tail <session> [options]

Prints the messages of a conversation as they are written, one a line, and a redacted one again as it reads now. It reconnects
by itself and prints no message twice. Line ends, control characters and marks that turn the direction of text are written as
\\n and \\u202e.

  --url <address>   the GraphQL endpoint (http://127.0.0.1:4000/graphql)
  --agent <id>      messages of this agent alone
  --since <time>    begin with earlier messages: 10m, 2h, 1d or 2026-01-31T12:00:00Z
  --json            one JSON object a line
  -h, --help

PARLEY_TOKEN in the environment is the API key or token that the server asks for. With NO_COLOR a terminal is shown no colours.
`;
}

function keysHelp(): string {
  return `Usage: parley keys create --name <name> --scopes <scope,…> [options]
       parley keys list [--json]
       parley keys revoke <id>

Makes, lists and revokes API keys in the database that SQLITE_PATH or MONGODB_URI names, also while a server runs on it.
create prints the key alone on standard output: it is shown this once. From the first key on, the server asks every
caller for a credential. A revocation takes effect within seconds.

  --scopes <scope,…>         some of ${SCOPES.join(', ')}
  --expires <time>           30d, 12h or 2027-01-31T12:00:00Z; never where absent
  --application <name>       sessions of this application alone
  --session-prefix <text>    sessions whose id begins so alone
  --metadata <path>=<value>  sessions that hold this value alone; may be repeated
  -h, --help

The options of parley serve name the database.
`;
}

function retentionHelp(): string {
  return `Usage: parley retention [--dry-run] [options]

Applies the rules of RETENTION_RULES once, to the database that SQLITE_PATH or MONGODB_URI names, and prints a line for each session
that is removed: its id, its last change, and the rule. A server with RETENTION_RULES does the same every ten minutes.

  --dry-run         prints what would be removed, and removes nothing
  -h, --help

The options of parley serve name the rules and the database.
`;
}

/** Two lines for each setting: its names, then its meaning and its default. */
function settingLines(): string {
  return Object.values(SETTINGS)
    .map(({ variable, fallback, meaning }) => {
      const names = `  --${flagOf(variable)} <value>`.padEnd(34) + variable;
      return `${names}\n      ${meaning}${fallback === undefined ? '' : ` (${fallback})`}\n`;
    })
    .join('');
}
