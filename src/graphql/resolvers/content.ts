import { bodyOf, isJsonObject, type JsonObject, type JsonValue, textOr } from '../../domain/json.js';
import { oncePerObject } from '../../domain/once-per-object.js';
import { type BlockKind, kindOf, type MEDIA, toolResultContent } from '../../domain/sessions/block-kinds.js';
import { citationsIn, textIn, textsOf, thoughtIn } from '../../domain/sessions/block-speech.js';
import { within } from '../field-budget.js';
import type {
  AudioBlockResolvers,
  BlockResolvers,
  CachePointBlockResolvers,
  CitationsBlockResolvers,
  ContentBlockResolvers,
  DocumentBlockResolvers,
  GuardBlockResolvers,
  ImageBlockResolvers,
  ReasoningBlockResolvers,
  TextBlockResolvers,
  ToolResultBlockResolvers,
  ToolUseBlockResolvers,
  UnknownBlockResolvers,
  VideoBlockResolvers,
} from '../generated/types.js';

const TYPES = {
  text: 'TextBlock',
  reasoning: 'ReasoningBlock',
  citations: 'CitationsBlock',
  toolUse: 'ToolUseBlock',
  toolResult: 'ToolResultBlock',
  image: 'ImageBlock',
  document: 'DocumentBlock',
  video: 'VideoBlock',
  audio: 'AudioBlock',
  guardContent: 'GuardBlock',
  cachePoint: 'CachePointBlock',
  unknown: 'UnknownBlock',
} as const satisfies Record<BlockKind, string>;

/** A block of an unknown kind, or one that is damaged, is shown as it is. */
export const contentBlock: ContentBlockResolvers & BlockResolvers = {
  __resolveType: (block: JsonObject) => TYPES[kindOf(block)],
};

/** The block as it is stored, beside what its type shows of it. */
const raw = (block: JsonObject) => block;

export const textBlock: TextBlockResolvers = { raw, text: (block) => textIn(block) ?? '' };

export const toolUseBlock: ToolUseBlockResolvers = {
  raw,
  reasoningSignature: ({ toolUse }) => textOr(bodyOf(toolUse).reasoningSignature, null),
  toolUseId: ({ toolUse }) => textOr(bodyOf(toolUse).toolUseId, ''),
  name: ({ toolUse }) => textOr(bodyOf(toolUse).name, ''),
  input: ({ toolUse }) => bodyOf(toolUse).input ?? null,
};

const toolResultBlocks = oncePerObject(
  ({ toolResult }: JsonObject) => toolResultContent(bodyOf(toolResult).content) ?? [],
);

export const toolResultBlock: ToolResultBlockResolvers = {
  raw,
  toolUseId: ({ toolResult }) => textOr(bodyOf(toolResult).toolUseId, ''),
  status: ({ toolResult }) => textOr(bodyOf(toolResult).status, null),
  content: (block, _args, _context, info) => within(toolResultBlocks(block), info),
};

const thoughtOf = oncePerObject(thoughtIn);

export const reasoningBlock: ReasoningBlockResolvers = {
  raw,
  text: (block) => thoughtOf(block)?.text ?? '',
  signature: (block) => thoughtOf(block)?.signature ?? null,
  redactedContent: (block) => thoughtOf(block)?.redactedContent ?? null,
};

export const imageBlock: ImageBlockResolvers = mediaOf('image');
export const videoBlock: VideoBlockResolvers = mediaOf('video');
export const audioBlock: AudioBlockResolvers = mediaOf('audio');
export const documentBlock: DocumentBlockResolvers = {
  ...mediaOf('document'),
  name: ({ document }) => textOr(bodyOf(document).name, ''),
  context: ({ document }) => textOr(bodyOf(document).context, null),
  citationConfig: ({ document }) => objectOr(bodyOf(document).citations),
};

function mediaOf(key: (typeof MEDIA)[number]) {
  return {
    raw,
    format: (block: JsonObject) => textOr(bodyOf(block[key]).format, null),
    bytes: (block: JsonObject) => textOr(bodyOf(bodyOf(block[key]).source).bytes, null),
    source: (block: JsonObject) => bodyOf(bodyOf(block[key]).source),
  };
}

const citationsOf = oncePerObject(citationsIn);

export const citationsBlock: CitationsBlockResolvers = {
  raw,
  text: (block) => textsOf(citationsOf(block)?.parts ?? []),
  parts: (block, _args, _context, info) => within(citationsOf(block)?.parts ?? [], info),
  citations: (block, _args, _context, info) => within(citationsOf(block)?.citations ?? [], info),
};

export const guardBlock: GuardBlockResolvers = {
  raw,
  text: ({ guardContent }) => textOr(bodyOf(bodyOf(guardContent).text).text, ''),
  value: ({ guardContent }) => bodyOf(guardContent),
};

export const cachePointBlock: CachePointBlockResolvers = {
  raw,
  type: ({ cachePoint }) => textOr(bodyOf(cachePoint).type ?? bodyOf(cachePoint).cacheType, null),
  ttl: ({ cachePoint }) => textOr(bodyOf(cachePoint).ttl, null),
};

export const unknownBlock: UnknownBlockResolvers = { raw, value: raw };

const objectOr = (value: JsonValue | undefined) => (isJsonObject(value) ? value : null);
