import {
  AIMessage,
  AIMessageChunk,
  BaseMessage,
  type BaseMessageFields,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from '@langchain/core/messages';

/** A class of messages: made, as all of LangChain's own are, of its fields alone. */
// biome-ignore lint/suspicious/noExplicitAny: each has fields of its own
export type MessageClass = new (fields: any) => BaseMessage;

/** By the name under which Python keeps them, whose reader knows no other. */
const CLASSES: ReadonlyMap<string, MessageClass> = new Map<string, MessageClass>(
  Object.entries({
    human: HumanMessage,
    ai: AIMessage,
    system: SystemMessage,
    tool: ToolMessage,
    function: FunctionMessage,
    chat: ChatMessage,
    remove: RemoveMessage,
    HumanMessageChunk,
    AIMessageChunk,
    SystemMessageChunk,
    ToolMessageChunk,
    FunctionMessageChunk,
    ChatMessageChunk,
  }),
);
/** What JavaScript's own form calls a ChatMessage. */
const GENERIC = 'generic';

const KINDS = new Map([...CLASSES].map(([kind, one]) => [nameOf(one), kind]));

/** What a message is: the kind of the class that it has or extends, and the class, where it is none of LangChain's own. */
export interface Kind {
  type: string;
  class?: string;
}

/** Whether LangChain has such a class itself. */
export const isTaken = (name: string): boolean => KINDS.has(name);

export const isKnown = (type: string): boolean => type === GENERIC || CLASSES.has(type);

export function kindOf(message: BaseMessage): Kind {
  const other = OtherMessage.kindOf(message);
  if (other) return other;
  const name = nameOf(message.constructor);
  for (let one = message.constructor; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
    const type = KINDS.get(nameOf(one));
    if (type !== undefined) return nameOf(CLASSES.get(type)) === name ? { type } : { type, class: name };
  }
  return { type: message.getType(), class: name };
}

/** As LangChain names a class where it serializes it. */
export function nameOf(given: unknown): string {
  const { lc_name, name } = given as { lc_name?: () => string; name: string };
  const above = Object.getPrototypeOf(given) as { lc_name?: () => string };
  if (typeof lc_name !== 'function') return name;
  const own = lc_name.call(given);
  return typeof above.lc_name === 'function' && above.lc_name() === own ? name : own;
}

/** The message of these fields, which become a part of it. `classes`: those of the user's own, by their name. */
export function messageOf(
  kind: Kind,
  fields: object,
  classes: ReadonlyMap<string, MessageClass>,
): BaseMessage {
  const own = kind.class === undefined ? undefined : classes.get(kind.class);
  const known = own ?? CLASSES.get(kind.type === GENERIC ? 'chat' : kind.type);
  return known ? new known(fields) : new OtherMessage(fields as BaseMessageFields, kind);
}

/** A message of a kind that neither LangChain nor the user's classes know here. */
class OtherMessage extends BaseMessage {
  readonly #kind: Kind;

  constructor(fields: BaseMessageFields, kind: Kind) {
    super(fields);
    this.#kind = kind;
  }

  /** Every message is an instance of it, as LangChain has it. */
  static kindOf(message: BaseMessage): Kind | null {
    return #kind in message ? message.#kind : null;
  }

  // Older versions have the method alone.
  override get type() {
    return this._getType();
  }

  override _getType() {
    return this.#kind.type as ReturnType<BaseMessage['_getType']>;
  }

  override get lc_id(): string[] {
    return [...this.lc_namespace, this.#kind.class ?? this.#kind.type];
  }
}
