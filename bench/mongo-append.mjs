import { compare, describeNumber, ratePerSecond } from './harness.mjs';
import { countedOn, openMongo } from './mongo.mjs';
import { textOf } from './service.mjs';

const ROUND_MS = 2_000;
const COUNTED = 500;
/** Messages to a conversation, before the next one begins. */
const CONVERSATION = 100;

/**
 * Appends of one message of 1 kB, `width` at once, against the driver's own `$push` in the same shape. `agents`: `own`
 * gives each writer a conversation of its own, `one` lets all of them write to the same agent.
 */
export async function compareMongoAppends({ width, agents }) {
  const mongo = await openMongo();
  const { service, raw, counter } = mongo;
  let [appended, pushed] = [0, 0];
  const conversationOf = (n) =>
    Math.floor(n / (CONVERSATION * width)) * width + (agents === 'own' ? n % width : 0);
  const ours = () => {
    const n = appended++;
    return service.appendMessages({
      sessionId: `session-${conversationOf(n)}`,
      agentId: 'support',
      createIfMissing: true,
      messages: [{ role: 'user', text: textOf(n) }],
    });
  };
  const theirs = () => {
    const n = pushed++;
    const message = {
      message: { role: 'user', content: [{ text: textOf(n) }] },
      message_id: n,
      created_at: new Date(),
      updated_at: new Date(),
    };
    return raw.updateOne(
      { _id: `session-${conversationOf(n)}` },
      { $push: { 'agents.support.messages': message }, $set: { updated_at: new Date() } },
      { upsert: true },
    );
  };
  try {
    if (counter === null) {
      const rate = (step) => () => ratePerSecond(step, { ms: ROUND_MS, width });
      return await compare({ rounds: 5, ours: rate(ours), theirs: rate(theirs) });
    }
    for (const [name, step] of Object.entries({ parley: ours, 'the driver': theirs })) {
      const { commands, bytes } = await countedOn(counter, step, { times: COUNTED, width });
      console.log(
        `${name}: ${describeNumber(commands)} commands and ${describeNumber(bytes)} bytes an append`,
      );
    }
    return null;
  } finally {
    await mongo.close();
  }
}
