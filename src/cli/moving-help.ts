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
