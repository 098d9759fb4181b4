import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyError, type SessionManager } from '../../src/index.js';
import { LOCATIONS } from '../support/locations.js';
import { oddBytes, oddJson, sameJson } from '../support/odd-json.js';
import { type Answer, openPlaces, type Places } from './unaltered-places.js';

const REFUSALS = ['BAD_USER_INPUT', 'INVALID_METADATA_PATH'];
const RUNS = { numRuns: 40, seed: 17 };

/** A place for any JSON value: how it is written, how it is read, and what is read with it and without. */
interface Place {
  name: string;
  mutation: string;
  input(value: string): string;
  selection: string;
  wanted(value: string): string;
  empty: string;
}

const APPEND = 'appendMessages(input: $input) { messages { position } }';
const PLACES: Place[] = [
  {
    name: 'a block',
    mutation: `($input: AppendMessagesInput!) { ${APPEND} }`,
    input: (value) =>
      `"agentId":"a","createIfMissing":true,"messages":[{"role":"USER","content":[{"custom":${value}},{"type":"text","text":"x","more":${value}}]}]`,
    selection: 'agent(agentId: "a") { messages { nodes { blocks } } }',
    wanted: (value) =>
      `{"agent":{"messages":{"nodes":[{"blocks":[{"custom":${value}},{"type":"text","text":"x","more":${value}}]}]}}}`,
    empty: '{"agent":null}',
  },
  {
    name: 'metadata of a message',
    mutation: `($input: AppendMessagesInput!) { ${APPEND} }`,
    input: (value) =>
      `"agentId":"b","createIfMissing":true,"messages":[{"role":"USER","text":"x","metadata":{"usage":{"by":${value}},"v":${value}}}]`,
    selection: 'agent(agentId: "b") { messages { nodes { metadata } } }',
    wanted: (value) =>
      `{"agent":{"messages":{"nodes":[{"metadata":{"usage":{"by":${value}},"v":${value}}}]}}}`,
    empty: '{"agent":null}',
  },
  {
    name: 'state and prompt metadata',
    mutation: '($input: UpsertAgentInput!) { upsertAgent(input: $input) { agent { agentId } } }',
    input: (value) => `"agentId":"c","state":{"v":${value}},"promptMetadata":{"v":[${value}]}`,
    selection: 'agent(agentId: "c") { state promptMetadata }',
    wanted: (value) => `{"agent":{"state":{"v":${value}},"promptMetadata":{"v":[${value}]}}}`,
    empty: '{"agent":null}',
  },
  {
    name: 'metadata',
    mutation: '($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { sessionId } } }',
    input: (value) => `"set":{"v":${value},"deep.v":[${value}]}`,
    selection: 'metadata',
    wanted: (value) => `{"metadata":{"v":${value},"deep":{"v":[${value}]}}}`,
    empty: '{"metadata":{}}',
  },
  {
    name: 'feedback',
    mutation: '($input: AddFeedbackInput!) { addFeedback(input: $input) { session { sessionId } } }',
    input: (value) => `"rating":"UP","fields":{"v":${value}}`,
    selection: 'feedback { fields }',
    wanted: (value) => `{"feedback":[{"fields":{"v":${value}}}]}`,
    empty: '{"feedback":[]}',
  },
];

describe.each(Object.entries(LOCATIONS))(
  'what is written is what is read, or refused, on %s',
  (_name, locate) => {
    let places: Places;
    let serial = 0;
    beforeAll(async () => {
      places = await openPlaces(await locate());
    });
    afterAll(() => places.close());

    /** As text: the session's selection alone. */
    async function read(sessionId: string, selection: string): Promise<string> {
      const query = `query ($id: ID!) { session(sessionId: $id) { ${selection} } }`;
      const text = await places.postForText(query, JSON.stringify({ id: sessionId }));
      const [, session = text] = /^\{"data":\{"session":(.*)\}\}\n?$/s.exec(text) ?? [];
      return session;
    }

    /** Whether it was taken; anything but a refusal of the input fails. */
    function wasTaken({ errors }: Answer): boolean {
      for (const { message, extensions } of errors ?? [])
        expect(REFUSALS, message).toContain(extensions.code);
      return errors === undefined;
    }

    it.each(PLACES.map((place): [string, Place] => [place.name, place]))(
      'any JSON in %s, over GraphQL',
      async (_, place) => {
        let taken = 0;
        await fc.assert(
          fc.asyncProperty(oddJson, async (value) => {
            const sessionId = `graphql-${serial++}`;
            await places.library(sessionId);
            const answer = await places.post(
              `mutation ${place.mutation}`,
              `{"input":{"sessionId":"${sessionId}",${place.input(value)}}}`,
            );
            const found = await read(sessionId, place.selection);
            const kept = wasTaken(answer);
            taken += kept ? 1 : 0;
            const wanted = kept ? place.wanted(value) : place.empty;
            expect(sameJson(wanted, found), `${wanted} was read as ${found}`).toBe(true);
          }),
          RUNS,
        );
        // A test that saw nothing but refusals would prove nothing.
        expect(taken).toBeGreaterThan(RUNS.numRuns / 4);
      },
    );

    it('bytes of every spelling, over GraphQL and through the library', async () => {
      await fc.assert(
        fc.asyncProperty(oddBytes, async ({ sent, standard, bytes }) => {
          const sessionId = `bytes-${serial++}`;
          const manager = await places.library(sessionId);
          const kinds = ['image', 'document', 'video', 'audio'];
          const blocks = (value: unknown) =>
            kinds.map((kind) => ({ [kind]: { source: { bytes: value }, more: null } }));
          const messages = [{ role: 'USER', content: blocks(sent) }];
          const input = { sessionId, agentId: 'a', createIfMissing: true, messages };
          expect(
            wasTaken(
              await places.post(
                `mutation ($input: AppendMessagesInput!) { ${APPEND} }`,
                JSON.stringify({ input }),
              ),
            ),
          ).toBe(true);
          await manager.appendMessage(
            { role: 'user', content: blocks(Uint8Array.from(bytes)) },
            { agentId: 'a' },
          );
          const found = JSON.parse(
            await read(sessionId, 'agent(agentId: "a") { messages { nodes { blocks } } }'),
          );
          expect(found.agent.messages.nodes).toEqual([
            { blocks: blocks(standard) },
            { blocks: blocks(standard) },
          ]);
          const listed = await manager.listMessages('a');
          expect(listed.map(({ content }) => content)).toEqual(Array(2).fill(blocks(Uint8Array.from(bytes))));
        }),
        RUNS,
      );
    });

    it('any value through the library, and what it gave back once more', async () => {
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(oddJson, async (text) => {
          const v = JSON.parse(text);
          const json = { v, list: [v, null] };
          const manager = await places.library(`library-${serial++}`);
          const keeps = async (
            write: () => Promise<unknown>,
            show: (manager: SessionManager) => Promise<unknown>,
          ) => {
            const kept = await write().then(
              () => true,
              (error: unknown) => {
                if (error instanceof ParleyError && REFUSALS.includes(error.code)) return false;
                throw error;
              },
            );
            taken += kept ? 1 : 0;
            const found = JSON.stringify(await show(manager).catch(() => undefined));
            if (!kept) expect(found ?? '').not.toContain('"v"');
            else expect(sameJson(JSON.stringify(json), found), `${text} was read as ${found}`).toBe(true);
            return kept;
          };
          const message = {
            role: 'user' as const,
            content: [json],
            metadata: { ...json, absent: undefined },
          };
          const ofMessage = async (one: SessionManager) => {
            const [stored] = await one.listMessages('a');
            expect(stored?.metadata).toEqual(stored?.content[0]);
            return stored?.content[0];
          };
          await keeps(() => manager.appendMessage(message, { agentId: 'a' }), ofMessage);
          const ofAgent = async (one: SessionManager) => (await one.getAgent('b')).state;
          const setState = () => manager.syncAgent({ agentId: 'b', state: json });
          if (await keeps(setState, ofAgent)) {
            const { state, conversationManagerState } = await manager.getAgent('b');
            await keeps(() => manager.syncAgent({ agentId: 'b', state, conversationManagerState }), ofAgent);
          }
          const ofMetadata = (one: SessionManager) => one.getMetadata();
          if (await keeps(() => manager.updateMetadata(json), ofMetadata)) {
            await keeps(async () => manager.updateMetadata(await manager.getMetadata()), ofMetadata);
          }
        }),
        RUNS,
      );
      expect(taken).toBeGreaterThan(RUNS.numRuns);
    });
  },
);
