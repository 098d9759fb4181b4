// What the live benchmarks send: the subscription that every side answers alike, and the append that makes its events.
export const SUBSCRIPTION = `subscription Follow($id: ID!) {
  messageAdded(sessionId: $id) {
    __typename cursor ... on MessageAdded { agentId message { messageId role text createdAt } }
  }
}`;
export const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }`;
export const START_REPLY =
  'mutation ($input: StartReplyInput!) { startReply(input: $input) { replyId epoch } }';
export const CONTINUE_REPLY =
  'mutation ($input: ContinueReplyInput!) { continueReply(input: $input) { offset } }';
/** Messages that one append brings, as a turn of an agent with its tools does. */
export const TURN = 10;
/** For Node: a process that can be asked for its processor time. */
export const REPORT_CPU = ['--import', new URL('./report-cpu.mjs', import.meta.url).href];
