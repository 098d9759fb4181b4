import { compare, describeNumber, medianTime } from './harness.mjs';
import { countedOn, openMongo } from './mongo.mjs';
import { textOf } from './service.mjs';

const SESSIONS = 500;
const AGENTS = ['support', 'billing'];
const MESSAGES = 40;
const PAGE = 50;
const PAGES = 20;

/**
 * The page of 50 sessions with their agents and what the last messages say, as the query of `dashboard` asks for it, against `find`
 * of the same 50 whole documents.
 */
export async function compareMongoPages() {
  const mongo = await openMongo();
  const { service, client, database, counter } = mongo;
  const sessions = client.db(database).collection('sessions');
  const ours = async () => {
    const { sessions: page } = await service.findSessions({
      filter: {},
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: PAGE,
      backward: false,
      after: null,
      before: null,
      parts: [],
    });
    await service.loadAgents(
      page.map(({ sessionId }) => ({
        sessionId,
        among: 'all',
        windows: [{ last: 1 }],
        parts: [],
        messageParts: ['content'],
      })),
    );
  };
  const theirs = () => sessions.find().sort({ updated_at: -1 }).limit(PAGE).toArray();
  try {
    await fill(service);
    if (counter === null) {
      const time = (step) => () => medianTime(step, PAGES);
      return await compare({ rounds: 5, ours: time(ours), theirs: time(theirs) });
    }
    for (const [name, step] of Object.entries({ parley: ours, 'whole documents': theirs })) {
      const { commands, bytes } = await countedOn(counter, step, { times: 5, width: 1 });
      console.log(`${name}: ${describeNumber(commands)} commands and ${describeNumber(bytes)} bytes a page`);
    }
    return null;
  } finally {
    await mongo.close();
  }
}

async function fill(service) {
  for (let n = 0; n < SESSIONS; n++) {
    for (const agentId of AGENTS) {
      const messages = Array.from({ length: MESSAGES }, (_, m) => ({ role: 'user', text: textOf(m) }));
      await service.appendMessages({ sessionId: `session-${n}`, agentId, createIfMissing: true, messages });
    }
  }
}
