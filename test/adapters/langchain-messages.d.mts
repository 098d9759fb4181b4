import type { BaseMessage } from '@langchain/core/messages';

export const everyKind: () => BaseMessage[];
export const changed: () => BaseMessage[];
