import { citationsIn, textIn, textsOf, thoughtIn, toolResultContent } from '../../domain/block-kinds.js';
import { bodyOf, isJsonObject, type JsonObject, type JsonValue, textOr } from '../../domain/json.js';
import { within } from '../field-budget.js';
import type {
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
import { oncePerObject } from '../once-per-object.js';

type BlockType =
  | 'ToolUseBlock'
  | 'ToolResultBlock'
  | 'ImageBlock'
  | 'DocumentBlock'
  | 'VideoBlock'
  | 'GuardBlock'
  | 'CachePointBlock';

/** The key that tells a block's kind, and whether what stands there has the parts that its type must have. */
const KINDS: [key: string, type: BlockType, isWhole: (body: JsonObject) => boolean][] = [
  [
    'toolUse',
    'ToolUseBlock',
    ({ toolUseId, name }) => typeof toolUseId === 'string' && typeof name === 'string',
  ],
  [
    'toolResult',
    'ToolResultBlock',
    ({ toolUseId, content }) => typeof toolUseId === 'string' && toolResultContent(content) !== null,
  ],
  ['image', 'ImageBlock', ({ source }) => isJsonObject(source)],
  ['document', 'DocumentBlock', ({ source }) => isJsonObject(source)],
  ['video', 'VideoBlock', ({ source }) => isJsonObject(source)],
  [
    'guardContent',
    'GuardBlock',
    ({ text, image }) => typeof bodyOf(text).text === 'string' || isJsonObject(image),
  ],
  ['cachePoint', 'CachePointBlock', () => true],
];

/** A block of an unknown kind, or one that is damaged, is shown as it is. */
export const contentBlock: ContentBlockResolvers & BlockResolvers = {
  __resolveType(block: JsonObject) {
    if (thoughtIn(block)) return 'ReasoningBlock';
    if (textIn(block) !== null) return 'TextBlock';
    if (citationsIn(block)) return 'CitationsBlock';
    for (const [key, type, isWhole] of KINDS) {
      const body = block[key];
      if (isJsonObject(body)) return isWhole(body) ? type : 'UnknownBlock';
    }
    return 'UnknownBlock';
  },
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
export const documentBlock: DocumentBlockResolvers = {
  ...mediaOf('document'),
  name: ({ document }) => textOr(bodyOf(document).name, ''),
  context: ({ document }) => textOr(bodyOf(document).context, null),
  citationConfig: ({ document }) => objectOr(bodyOf(document).citations),
};

function mediaOf(key: string) {
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
