export const backupHelp = `Usage: parley backup <file> [--force]

Copies the SQLite file (SQLITE_PATH) to another one, as it is at this moment, also while a server writes to it. The copy is checked, and
has its name only once it is whole. It holds everything, viewer passwords and key hashes too: only this user may read it.

  --force       overwrite a file that is there
  -h, --help

The options of parley serve name the database.
`;

export const doctorHelp = `Usage: parley doctor [--json]

Looks for what is wrong with the configuration and the database that it names, and says what to do: one line for each thing that was looked
at. It writes a session of its own, waits for its event, and removes it. It changes nothing else, and may run beside a server.

  --json        one JSON object a line: check, level (ok, warn, fail), found, todo
  -h, --help

Exit codes: 0 nothing fails (warnings may be there), 1 something does, 2 the configuration is wrong.
The options of parley serve are what is looked at.
`;

export const exportHelp = `Usage: parley export <file> [options]

Writes sessions with their agents, messages, feedback and receipts to a file, one JSON object a line, in the order of their creation,
then snapshots of Strands agents and the audit. It reads page by page, and may run beside a server.

  --resume                   go on with a file that was cut off
  --secrets                  viewer passwords and API keys too
  --application <name>       sessions of this application alone
  --session-prefix <text>    sessions whose id begins so alone
  --metadata <path>=<value>  sessions that hold this value alone; may be repeated
  -h, --help

The options of parley serve name the database.
`;

export const importHelp = `Usage: parley import <file> [--check]

Writes what parley export has written into a database, with the same ids, dates and order. Run again it goes on: what is there stays as it
is, and what is missing is added. A session that came without a viewer password gets a new one. It may run beside a server.

  --check       write nothing; compare the file with the database, and name the first difference
  -h, --help

Exit codes: 0 all is there, 1 the file or the database is wrong, or they differ.
The options of parley serve name the database.
`;
