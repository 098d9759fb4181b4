import type { JsonObject } from '../../src/domain/json/json-value.js';

/** As each library gives it; its numbers are of its own, the names those of its type definitions. */
export const USAGE_REPORTS: [library: string, usage: JsonObject, counts: (number | null)[]][] = [
  [
    'strands-agents 1.62',
    { inputTokens: 11, outputTokens: 7, totalTokens: 18, cacheReadInputTokens: 3, cacheWriteInputTokens: 2 },
    [11, 7, 18, 3, 2],
  ],
  [
    'openai 6.49, chat',
    {
      prompt_tokens: 11,
      completion_tokens: 7,
      total_tokens: 18,
      prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
    [11, 7, 18, 3, 2],
  ],
  [
    'openai 6.49, responses',
    {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 18,
    },
    [11, 7, 18, 3, 2],
  ],
  [
    '@openai/agents 0.20, of a run',
    {
      requests: 2,
      inputTokens: 10,
      outputTokens: 4,
      totalTokens: 14,
      inputTokensDetails: [{ cached_tokens: 3 }, {}, { cached_tokens: 4 }],
      outputTokensDetails: [],
      requestUsageEntries: [{ inputTokens: 5, outputTokens: 2, totalTokens: 7, inputTokensDetails: {} }],
    },
    [10, 4, 14, 7, null],
  ],
  [
    '@openai/agents 0.20, of a request',
    { inputTokens: 5, outputTokens: 2, totalTokens: 7, inputTokensDetails: { cached_tokens: 3 } },
    [5, 2, 7, 3, null],
  ],
  [
    '@anthropic-ai/sdk 0.109',
    {
      input_tokens: 11,
      output_tokens: 7,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 0 },
      server_tool_use: null,
      service_tier: 'standard',
    },
    [11, 7, 18, 3, 2],
  ],
  [
    '@langchain/core 1.4',
    {
      input_tokens: 11,
      output_tokens: 7,
      total_tokens: 18,
      input_token_details: { cache_read: 3, cache_creation: 2 },
    },
    [11, 7, 18, 3, 2],
  ],
  [
    'pydantic-ai-slim 2.68',
    { input_tokens: 11, cache_write_tokens: 2, cache_read_tokens: 3, output_tokens: 7, details: {} },
    [11, 7, 18, 3, 2],
  ],
  [
    '@google/genai 2.32',
    {
      promptTokenCount: 11,
      candidatesTokenCount: 4,
      thoughtsTokenCount: 3,
      cachedContentTokenCount: 5,
      totalTokenCount: 20,
      toolUsePromptTokenCount: 2,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 11 }],
    },
    [11, 7, 20, 5, null],
  ],
  [
    'ai 6.0 and 7.0',
    {
      inputTokens: 11,
      inputTokenDetails: { noCacheTokens: 6, cacheReadTokens: 3, cacheWriteTokens: 2 },
      outputTokens: 7,
      outputTokenDetails: { textTokens: 3, reasoningTokens: 4 },
      totalTokens: 18,
      raw: { prompt_tokens: 99 },
    },
    [11, 7, 18, 3, 2],
  ],
  ['ai 6.0, its older name', { inputTokens: 11, cachedInputTokens: 3 }, [11, null, null, 3, null]],
];
