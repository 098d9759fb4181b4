// What the pictures of the console show: a shop's conversations, the newest last, each so many minutes ago.
const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';
const GPT = 'gpt-5-mini';

const user = (text) => ({ role: 'user', text });
const assistant = (content, outputTokens, latencyMs) => ({
  role: 'assistant',
  ...(typeof content === 'string' ? { text: content } : { content }),
  metadata: {
    usage: { inputTokens: 1_840, outputTokens, totalTokens: 1_840 + outputTokens },
    metrics: { latencyMs, timeToFirstByteMs: Math.round(latencyMs / 4) },
  },
});
const call = (toolUseId, name, input) => ({ toolUse: { toolUseId, name, input } });
const result = (toolUseId, content, status = 'success') => ({
  role: 'user',
  content: [{ toolResult: { toolUseId, status, content } }],
});

/** Small talks that fill the list. */
const short = (minutes, sessionId, agentId, model, question, answer, more = {}) => ({
  minutes,
  sessionId,
  agents: { [agentId]: { model } },
  turns: [
    [agentId, 0, user(question)],
    [
      agentId,
      0.2 + (question.length % 11) * 0.37,
      assistant(answer, 140 + question.length * 7, 1_100 + question.length * 31),
    ],
  ],
  ...more,
});

/** The one that is opened: a question, thoughts, tools, a table, a second agent, and a source. */
const REFUND = {
  minutes: 16,
  sessionId: 'chat-2026-4711',
  applicationName: 'shop',
  metadata: {
    title: 'A jacket came in the wrong size',
    user: { id: 'u-2207', tier: 'gold' },
    locale: 'en-GB',
  },
  agents: {
    support: { model: CLAUDE, systemPrompt: 'You help the customers of a shop. Be brief and kind.' },
    billing: { model: NOVA, systemPrompt: 'You decide on refunds by the rules of the shop.' },
  },
  turns: [
    [
      'support',
      0,
      user('Hi! My order **4711** came today, but the jacket is an M and I had ordered an L. What now?'),
    ],
    [
      'support',
      0.1,
      assistant(
        [
          {
            reasoningContent: {
              reasoningText: {
                text: 'The customer has a wrong size. I look the order up before I promise anything.',
              },
            },
          },
          { text: 'I am sorry about that. Let me look the order up.' },
          call('t1', 'find_order', { order: 4711 }),
        ],
        96,
        1_420,
      ),
    ],
    [
      'support',
      0.15,
      result('t1', [{ json: { status: 'delivered', ordered: 'JKT-L-GRN', sent: 'JKT-M-GRN' } }]),
    ],
    [
      'support',
      0.4,
      assistant(
        'You are right: we have sent `JKT-M-GRN` in place of `JKT-L-GRN`. You can choose:\n\n| | Exchange | Refund |\n| --- | --- | --- |\n| **What you get** | the jacket in L | 89.00 € |\n| **When** | in 2 to 3 days | within 5 days |\n| **Shipping** | free | free |\n\nWhich one would you like?',
        212,
        2_870,
      ),
    ],
    ['support', 12.2, user('The refund, please. I have found another one meanwhile.')],
    ['billing', 12.3, user('Refund order 4711: the wrong size was sent.')],
    [
      'billing',
      12.4,
      assistant([call('t2', 'refund', { order: 4711, amount: 89, currency: 'EUR' })], 44, 640),
    ],
    ['billing', 12.45, result('t2', [{ text: 'Refund rf_83120 was accepted.' }])],
    [
      'billing',
      12.5,
      assistant(
        [
          {
            citationsContent: {
              content: [
                {
                  text: 'Refunded: **89.00 €**, as `rf_83120`. A wrong item needs no return where it costs less than 100 €.',
                },
              ],
              citations: [
                {
                  title: 'Rules for returns',
                  location: { documentPage: { documentIndex: 0, start: 4, end: 5 } },
                  sourceContent: [{ text: 'Wrong items below 100 € are refunded without a return.' }],
                },
              ],
            },
          },
        ],
        118,
        1_260,
      ),
    ],
    [
      'support',
      12.8,
      assistant(
        'Done: **89.00 €** are on their way back to your card, and you may keep the jacket. It can take up to five days until your bank shows it.',
        64,
        1_130,
      ),
    ],
  ],
  feedback: [{ rating: 'up', comment: 'Quick and friendly', fields: {} }],
};

export const CONVERSATIONS = [
  short(3_100, 'chat-2026-4655', 'support', CLAUDE, 'Do you ship to Norway?', 'Yes, within 6 days.'),
  short(
    2_810,
    'chat-2026-4660',
    'support',
    CLAUDE,
    'The discount code does not work',
    'It ended on Sunday.',
    {
      feedback: [{ rating: 'down', comment: 'No help', fields: {} }],
    },
  ),
  short(
    1_620,
    'chat-2026-4664',
    'sizes',
    GPT,
    'Is the linen shirt cut wide?',
    'It is cut slim: take one size more.',
  ),
  short(1_460, 'trip-8d1f', 'planner', NOVA, 'Three days in Lisbon with two children', 'Day 1: Alfama …', {
    metadata: { title: 'Lisbon with children', user: { id: 'u-1190' } },
    applicationName: 'travel',
  }),
  short(
    640,
    'chat-2026-4671',
    'support',
    CLAUDE,
    'How do I change the address of my account?',
    'Under Account.',
  ),
  short(410, 'code-review-291', 'reviewer', 'claude-opus-4-1', 'Review pull request 291', 'Two remarks.', {
    metadata: { title: 'Review of pull request 291', repository: 'shop/web' },
    applicationName: 'reviews',
    feedback: [{ rating: 'up', comment: null, fields: {} }],
  }),
  short(
    355,
    'chat-2026-4680',
    'support',
    CLAUDE,
    'My parcel is said to be delivered, but it is not here',
    'I ask.',
    {
      feedback: [
        { rating: 'up', comment: null, fields: {} },
        { rating: 'down', comment: null, fields: {} },
      ],
    },
  ),
  short(190, 'chat-2026-4688', 'sizes', GPT, 'Which size at 1.82 m and 78 kg?', 'An L, in all our jackets.'),
  short(
    121,
    'trip-91aa',
    'planner',
    NOVA,
    'A weekend by the sea, without a car',
    'Take the train to Rimini.',
    {
      metadata: { title: 'By train to the sea', user: { id: 'u-0871' } },
      applicationName: 'travel',
    },
  ),
  short(74, 'chat-2026-4699', 'support', CLAUDE, 'Can I have the invoice again?', 'It is on its way to you.'),
  short(52, 'nightly-stock', 'stock', NOVA, 'Which items are below their minimum?', '14 items are.', {
    metadata: { topic: 'Stock below its minimum', job: 'nightly' },
    applicationName: 'jobs',
  }),
  short(31, 'chat-2026-4706', 'support', CLAUDE, 'The zip of my bag is broken after a week', 'I am sorry.', {
    feedback: [{ rating: 'up', comment: 'Solved!', fields: {} }],
  }),
  REFUND,
  short(
    1,
    'chat-2026-4712',
    'support',
    CLAUDE,
    'Is there a shop near the central station?',
    'Yes: Via Roma 12.',
  ),
];

/** A reply that is being written while its pictures are taken: more of it comes before each. */
export const WRITING = {
  sessionId: 'chat-2026-4713',
  agentId: 'support',
  question: 'Where is my order 4720? It was to come yesterday.',
  parts: [
    [
      { block: 0, kind: 'REASONING', text: 'The parcel is late. I look at its way before I answer.' },
      { block: 1, kind: 'TOOL_INPUT', toolUseId: 't1', name: 'track_parcel', text: '{"order": 4720}' },
      {
        block: 2,
        text: 'Your parcel left Milan this morning and is **out for delivery**: it should be with you between 14:00 and 16:00.',
      },
    ],
    [{ block: 2, text: ' Would you like me to' }],
  ],
};
