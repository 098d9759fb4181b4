/**
 * Every benchmark: what it compares, the goal for its ratio, and what runs it (`compare` gives medians and
 * ratio). `unit` belongs to both sides.
 */
export const benchmarks = {
  'append-1': {
    about: 'append through the session service, one at a time, against a bare insert; both FULL',
    goal: 'goal at least 0.6',
    peer: 'better-sqlite3 insert per transaction',
    unit: 'appends/s',
    run: async () => (await import('./append.mjs')).compareAppends(1),
  },
  'append-32': {
    about: 'the same with 32 appends at once',
    goal: 'goal at least 0.5',
    peer: 'better-sqlite3 insert per transaction',
    unit: 'appends/s',
    run: async () => (await import('./append.mjs')).compareAppends(32),
  },
  'append-long': {
    about: 'time of an append at 10,000 messages in the agent against one at 10',
    goal: 'goal at most 1.2',
    peer: '10 messages',
    unit: 'µs',
    run: async () => (await import('./append-long.mjs')).compareLengths(),
  },
  'typical-query': {
    about: 'a session, two agents, their last 20 messages over HTTP, against mercurius on the same file',
    goal: 'goal at least 1.3',
    peer: 'mercurius 16 + jit',
    unit: 'requests/s',
    run: async () => {
      const { compareQueries, QUERY } = await import('./typical-query.mjs');
      return compareQueries(QUERY);
    },
  },
  'small-query': {
    about: 'a session and two of its fields over HTTP, against mercurius on the same file',
    goal: 'goal at least 1.0',
    peer: 'mercurius 16 + jit',
    unit: 'requests/s',
    run: async () => {
      const { compareQueries, SMALL_QUERY } = await import('./typical-query.mjs');
      return compareQueries(SMALL_QUERY);
    },
  },
  'dashboard-page': {
    about:
      'a page of 50 sessions with their agents and their last message, against mercurius with batched loaders',
    goal: 'goal at least 1.5',
    peer: 'mercurius 16 + jit, loaders',
    unit: 'requests/s',
    run: async () => (await import('./lists.mjs')).compareDashboard(),
  },
  conversation: {
    about: '200 messages of 1 kB with blocks of all kinds, against the same',
    goal: 'goal at least 1.3',
    peer: 'mercurius 16 + jit, loaders',
    unit: 'requests/s',
    run: async () => (await import('./lists.mjs')).compareConversation(),
  },
  'append-http': {
    about:
      'mutations that append one message of 1 kB, one connection, against a mercurius mutation with one insert; both FULL',
    goal: 'goal at least 1.0',
    peer: 'mercurius 16 + jit',
    unit: 'appends/s',
    run: async () => (await import('./append-http.mjs')).compareAppendsOverHttp(),
  },
  mixed: {
    about:
      'p99 of answers and events under 32 readers, 50 appends a second and 1,000 followers at once, against mercurius with its own subscriptions',
    goal: 'goal at most 0.5',
    peer: 'mercurius 16 + jit',
    unit: 'ms',
    run: async () => (await import('./mixed.mjs')).compareMixed(),
  },
  start: {
    about:
      'time from the start of the process until a query has its answer, against mercurius with the same schema',
    goal: 'goal at most 1.2',
    peer: 'mercurius 16 + jit',
    unit: 'ms',
    run: async () => (await import('./start.mjs')).compareStarts(),
  },
  tracing: {
    about:
      'processor time of the typical query with its calls of tracing and without, in one server; no SDK is there',
    goal: 'goal at most 1.02',
    peer: 'no tracing',
    unit: 'µs',
    run: async () => (await import('./observing.mjs')).compareObserving('tracing'),
  },
  metrics: {
    about: 'the same, with its metrics counted and without; and what it takes to show them',
    goal: 'no goal',
    peer: 'no metrics',
    unit: 'µs',
    run: async () => (await import('./observing.mjs')).compareObserving('metrics'),
  },
  dashboard: {
    about: 'time of the dashboard page over HTTP at 100,000 sessions against 1,000',
    goal: 'goal about 1, and under 50 ms',
    peer: '1,000 sessions',
    unit: 'ms',
    run: async () => (await import('./dashboard.mjs')).comparePages({ filtered: false }),
  },
  'dashboard-filter': {
    about: 'the same page, filtered by declared metadata',
    goal: 'goal about 1, and under 50 ms',
    peer: '1,000 sessions',
    unit: 'ms',
    run: async () => (await import('./dashboard.mjs')).comparePages({ filtered: true }),
  },
  cost: {
    about: 'operations that return the same, on three files, each with ten times the data of the one before',
    goal: 'goal: no slope above 0.1',
    peer: 'a hundredth of the data',
    unit: 'µs',
    run: async () => (await import('./cost.mjs')).compareGrowth(),
  },
  ...Object.fromEntries(
    [
      { name: 'fan-out-100', subscribers: 100, sessions: 1, most: 1.2 },
      { name: 'fan-out-1000', subscribers: 1_000, sessions: 1, most: 1.2 },
      { name: 'fan-out-4000', subscribers: 4_000, sessions: 1, most: 1.2 },
      { name: 'fan-out-sessions', subscribers: 4_000, sessions: 400, most: 1.3 },
    ].map(({ name, most, ...shape }) => [
      name,
      {
        about: `processor time for each event that one of ${shape.subscribers} subscribers of ${shape.sessions} sessions gets`,
        goal: `goal at most ${most}`,
        peer: 'ws broadcast of one prepared frame',
        unit: 'µs',
        run: async () => (await import('./fan-out.mjs')).compareFanOut(shape),
      },
    ]),
  ),
  hostile: {
    about: 'what an honest client sees while a hostile one is at work, each attack alone and all at once',
    goal: 'goal p99 within 3 times that of peace, nothing refused, below 700 MB with a heap of 512',
    peer: 'peace',
    unit: 'ms',
    run: async (args) => (await import('./hostile.mjs')).measureHostile(args),
  },
  'event-latency': {
    about: 'time from a write to its event at a subscriber, against to its answer',
    goal: 'goal at most 2 ms after the answer at p50',
    peer: 'the answer to the write',
    unit: 'ms',
    run: async () => (await import('./event-latency.mjs')).compareLatency(),
  },
  'catch-up': {
    about: '10,000 missed messages to one client, against reading them from the store',
    goal: 'goal at least 0.5',
    peer: 'pages of 100 through the service',
    unit: 'messages/s',
    run: async () => (await import('./catch-up.mjs')).compareCatchUp(),
  },
  'subscribe-cycles': {
    about: 'memory after 10,000 subscriptions were opened and completed, against before',
    goal: 'goal at most 1.05',
    peer: 'before',
    unit: 'kB',
    run: async () => (await import('./subscribe-cycles.mjs')).compareCycles(),
  },
  ...Object.fromEntries(
    [
      { name: 'mongo-append-1', width: 1, agents: 'own' },
      { name: 'mongo-append-32', width: 32, agents: 'own' },
      { name: 'mongo-append-agent', width: 32, agents: 'one' },
    ].map(({ name, width, agents }) => [
      name,
      {
        about: `MongoDB: ${width} appends at once, to ${agents === 'own' ? 'a conversation each' : 'one agent'}, against the driver alone`,
        goal: 'goal at least 0.85',
        peer: "the driver's own $push",
        unit: 'appends/s',
        run: async () => (await import('./mongo-append.mjs')).compareMongoAppends({ width, agents }),
      },
    ]),
  ),
  'import-sqlite': {
    about:
      'parley import of 100,000 messages into a new SQLite file, against a bulk insert of the same messages',
    goal: 'goal at least 20,000 messages/s',
    peer: 'better-sqlite3: the same rows, 5,000 in a transaction',
    unit: 'messages/s',
    run: async () => (await import('./moving.mjs')).compareSqliteImport(),
  },
  'import-mongo': {
    about: 'parley import of 100,000 messages into MongoDB, against the driver alone with the same documents',
    goal: 'goal at least 0.5',
    peer: "the driver's own insertMany",
    unit: 'messages/s',
    run: async () => (await import('./moving.mjs')).compareMongoImport(),
  },
  export: {
    about: 'parley export of 100,000 messages out of SQLite, against the same rows as JSON lines',
    goal: 'goal at least 0.5',
    peer: 'better-sqlite3: iterate and JSON.stringify',
    unit: 'messages/s',
    run: async () => (await import('./moving.mjs')).compareExport(),
  },
  'mongo-dashboard': {
    about: 'MongoDB: the dashboard page, against reading the same 50 documents whole',
    goal: 'goal at most 1.2; 2 commands',
    peer: 'find of whole documents',
    unit: 'ms',
    run: async () => (await import('./mongo-dashboard.mjs')).compareMongoPages(),
  },
  'mongo-event-latency': {
    about: 'MongoDB: time from a write to its event at a subscriber, against to a bare change stream',
    goal: 'goal at most 1.2',
    peer: "the driver's change stream",
    unit: 'ms',
    run: async () => (await import('./mongo-event-latency.mjs')).compareMongoLatency(),
  },
  'idle-subscriber': {
    about: 'memory of a subscriber to whom nothing happens, against graphql-ws on its own',
    goal: 'goal at most 1.0',
    peer: 'graphql-ws 6 useServer',
    unit: 'kB',
    run: async () => (await import('./idle-subscriber.mjs')).compareMemory(),
  },
  'idle-10000': {
    about:
      'memory of a whole process with 10,000 subscribers to whom nothing happens, against graphql-ws on its own',
    goal: 'goal at most 0.7',
    peer: 'graphql-ws 6 useServer',
    unit: 'MB',
    run: async () => (await import('./idle-subscriber.mjs')).compareProcesses(),
  },
  'console-list': {
    about: 'the console in a browser: time from the answer to the first rows of 100,000 sessions',
    goal: 'goal at most 300 ms',
    peer: 'an empty list',
    unit: 'ms',
    run: async () => (await import('./console.mjs')).compareLists(),
  },
  'console-keys': {
    about: 'the same list: time from a key or a turn of the wheel to what is drawn of it',
    goal: 'goal at most 100 ms',
    peer: 'an empty list',
    unit: 'ms',
    run: async () => (await import('./console.mjs')).compareInteraction(),
  },
  'console-open': {
    about: 'a conversation of 10,000 messages opened at its end, from its address to its last message',
    goal: 'goal about 1',
    peer: '50 messages',
    unit: 'ms',
    run: async () => (await import('./console.mjs')).compareOpening(),
  },
  'console-live': {
    about: '50 messages a second for a minute, looked at: the heap after collections, and the longest frames',
    goal: 'goal at most 1.2, no frame above 200 ms',
    peer: 'the heap at the start',
    unit: 'MB',
    run: async (args) => (await import('./console-live.mjs')).measureLive(args),
  },
  replies: {
    about:
      'processor time for each part of a reply at its reader, 100 replies at 50 parts a second, against a relay of the same frames',
    goal: 'goal at most 2.0',
    peer: 'ws relay',
    unit: 'µs',
    run: async () =>
      (await import('./replies.mjs')).compareReplies({ replies: 100, readers: 1, parts: 100, everyMs: 20 }),
  },
  'replies-4000': {
    about: 'the same, one reply with 4,000 readers',
    goal: 'goal at most 1.2',
    peer: 'ws relay',
    unit: 'µs',
    run: async () =>
      (await import('./replies.mjs')).compareReplies({ replies: 1, readers: 4_000, parts: 20, everyMs: 20 }),
  },
  'reply-memory': {
    about: 'what the server keeps of a reply of 1 MB in 20,000 parts, against one of a single part',
    goal: 'goal at most 2.0',
    peer: 'one part of 1 MB',
    unit: 'kB',
    run: async () => (await import('./reply-large.mjs')).compareReplyMemory(),
  },
  'reply-join': {
    about: 'from the start of a connection until all of such a reply is there, against the same',
    goal: 'goal at most 2.0',
    peer: 'one part of 1 MB',
    unit: 'ms',
    run: async () => (await import('./reply-large.mjs')).compareLateJoin(),
  },
  'adapter-turn': {
    about:
      'a turn of a conversation (load, save of 4 more items) through each adapter, or those that are named; a line for each',
    goal: 'goal at most 2.0',
    peer: 'the same items in one table',
    unit: 'ms',
    run: async (names) => (await import('./adapters.mjs')).compareTurns(names),
  },
  'adapter-load': {
    about:
      'a conversation of 1,000 items is loaded through each adapter, or those that are named; a line for each',
    goal: 'goal: at most 50 ms',
    peer: 'the same items in one table',
    unit: 'ms',
    run: async (names) => (await import('./adapters.mjs')).compareLoads(names),
  },
  'access-query': {
    about:
      'the typical query with a key that is limited to an application, against a server that asks nobody',
    goal: 'goal at least 0.95',
    peer: 'no credential',
    unit: 'requests/s',
    run: async () => (await import('./access.mjs')).compareGuardedQueries(),
  },
  'access-event': {
    about: 'processor time for each delivered event, with such a key against without',
    goal: 'goal at most 1.0',
    peer: 'no credential',
    unit: 'µs',
    run: async () => (await import('./access.mjs')).compareGuardedEvents(),
  },
};
