export const webhooksHelp = `Usage: parley webhooks [list] [--json]
       parley webhooks dead <endpoint> [--json]
       parley webhooks resend <endpoint> <id>…|--all
       parley webhooks discard <endpoint> <id>…|--all
       parley webhooks enable <endpoint>
       parley webhooks forget <endpoint>
       parley webhooks test <endpoint>

Shows how the endpoints of WEBHOOKS are, and what they were not sent, in the database that SQLITE_PATH or MONGODB_URI names. A server that
runs on it does within seconds what it is told here.

  list      each endpoint: whether it is sent to, what waits, how many dead letters there are
  dead      its dead letters: what was tried for three days and not taken
  resend    lets dead letters wait again
  discard   removes dead letters
  enable    sends again to an endpoint that has answered 410
  forget    removes all that the database keeps of it; if it is still in WEBHOOKS, it begins anew
  test      sends it a signed event of the type webhook.test, and says what became of it

  --json    one JSON object a line
  -h, --help

The options of parley serve name the endpoints and the database.
`;
