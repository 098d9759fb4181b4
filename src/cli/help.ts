import { flagOf, SETTINGS } from '../config.js';

/** The text of `parley --help`, `parley serve --help` and `parley tail --help`. */
export function helpText(topic: 'parley' | 'serve' | 'tail'): string {
  return { parley: parleyHelp, serve: serveHelp, tail: tailHelp }[topic]();
}

const parleyHelp = () => `Parley: a GraphQL server for the conversations of AI agents.

Usage:
  parley [serve] [options]        run the server
  parley tail <session> [options] follow a conversation in the terminal
  parley --version                print the version

  parley serve --help and parley tail --help list the options.
`;

const serveHelp = () => `Usage: parley serve [options]

Runs the server until SIGTERM or SIGINT. Each option is also an environment variable; an option wins.

${settingLines()}
  -h, --help
  -v, --version
`;

const tailHelp = () => `Usage: parley tail <session> [options]

Prints the messages of a conversation as they are written. It reconnects by itself and prints no message twice.

  --url <address>   the GraphQL endpoint (http://127.0.0.1:4000/graphql)
  --agent <id>      messages of this agent alone
  --since <time>    begin with earlier messages: 10m, 2h, 1d or 2026-01-31T12:00:00Z
  --json            one JSON object a line
  -h, --help
`;

/** Two lines for each setting: its names, then its meaning and its default. */
function settingLines(): string {
  return Object.values(SETTINGS)
    .map(({ variable, fallback, meaning }) => {
      const names = `  --${flagOf(variable)} <value>`.padEnd(34) + variable;
      return `${names}\n      ${meaning}${fallback === undefined ? '' : ` (${fallback})`}\n`;
    })
    .join('');
}
