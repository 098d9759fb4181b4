import type { Break, BreakKind, ShownMessage, StoredSession } from './records.js';

export interface Written {
  sentAt: number;
  /** Infinity until it is. */
  acknowledgedAt: number;
}

export interface LedgerMessage extends Written {
  text: string;
  redaction: (Written & { text: string }) | null;
}

export interface LedgerSession {
  /** By position; a hole is a message that nobody has shown yet. */
  agents: Map<string, (LedgerMessage | undefined)[]>;
  redactions: { agentId: string; position: number; written: Written }[];
  feedback: Map<string, Written>;
  deletion: Written | null;
}

type Report = (kind: BreakKind, at: number, detail: string) => void;

/** Everything that was written, and where it came to stand: the first to show a position settles it. */
export function createLedger(report: (found: Break) => void) {
  const sessions = new Map<string, LedgerSession>();
  /** Texts that were sent and have no place yet, and the places of the others. */
  const sent = new Map<string, { sentAt: number; agent: string; place: string | null }>();
  const broken: Report = (kind, at, detail) => report({ kind, at, detail });
  const counts = { appends: 0, messages: 0, redactions: 0, feedbacks: 0, deletions: 0 };

  const sessionOf = (sessionId: string): LedgerSession => {
    const known = sessions.get(sessionId) ?? {
      agents: new Map(),
      redactions: [],
      feedback: new Map(),
      deletion: null,
    };
    sessions.set(sessionId, known);
    return known;
  };
  const messagesOf = (sessionId: string, agentId: string) => {
    const { agents } = sessionOf(sessionId);
    const known = agents.get(agentId) ?? [];
    agents.set(agentId, known);
    return known;
  };
  const placeOf = (sessionId: string, agentId: string, position: number) =>
    `${sessionId}/${agentId}#${position}`;

  /** The message that stands there, after what was shown of it; null where that cannot be right. */
  function shown(
    sessionId: string,
    agentId: string,
    { position, messageId, text }: ShownMessage,
    at: number,
  ) {
    const messages = messagesOf(sessionId, agentId);
    const place = placeOf(sessionId, agentId, position);
    if (messageId !== position) broken('disorder', at, `${place} has the message id ${messageId}`);
    const known = messages[position];
    if (known && (known.text === text || known.redaction?.text === text)) return known;
    const source = sent.get(text);
    if (known || source?.agent !== `${sessionId}/${agentId}`) {
      broken(
        'content',
        at,
        `${place} is "${text}"${known ? ` and was "${known.text}"` : ', which nobody sent'}`,
      );
      return null;
    }
    if (source.place !== null) {
      broken('repeat', at, `"${text}" is stored twice, at ${source.place} and at ${place}`);
      return null;
    }
    source.place = place;
    const message: LedgerMessage = {
      text,
      sentAt: source.sentAt,
      acknowledgedAt: Number.POSITIVE_INFINITY,
      redaction: null,
    };
    messages[position] = message;
    return message;
  }

  function acknowledge(sessionId: string, agentId: string, messages: readonly ShownMessage[], at: number) {
    counts.appends++;
    counts.messages += messages.length;
    messages.forEach((message, index) => {
      const first = messages[0]?.position ?? 0;
      const place = placeOf(sessionId, agentId, message.position);
      if (message.position !== first + index)
        broken('disorder', at, `${place} of one append from ${first} on`);
      const known = shown(sessionId, agentId, message, at);
      if (known) known.acknowledgedAt = at;
    });
  }

  function stored(sessionId: string, session: StoredSession | null, at: number) {
    const { agents, feedback, deletion } = sessionOf(sessionId);
    if (!session) {
      const kept = [...agents.values()].flat().some((message) => message && message.acknowledgedAt < at);
      if (!deletion && kept) broken('loss', at, `${sessionId} is not stored`);
      return;
    }
    if (deletion && deletion.acknowledgedAt < at) {
      broken('content', at, `${sessionId} is stored after its deletion`);
      return;
    }
    for (const { agentId, messages } of session.agents) {
      messages.forEach((message, index) => {
        const place = placeOf(sessionId, agentId, message.position);
        if (message.position !== index) broken('gap', at, `${place} is stored where ${index} should be`);
        const { createdAt = '' } = messages[index - 1] ?? {};
        if (createdAt > (message.createdAt ?? createdAt)) {
          broken('disorder', at, `${place} was made before the message in front of it, by its createdAt`);
        }
        const known = shown(sessionId, agentId, message, at);
        const redaction = known?.redaction;
        if (redaction && redaction.acknowledgedAt < at && redaction.text !== message.text) {
          broken('content', at, `${place} is stored as it was before its redaction`);
        }
      });
    }
    for (const [agentId, messages] of agents) {
      const there = session.agents.find((agent) => agent.agentId === agentId)?.messages.length ?? 0;
      messages.forEach((message, position) => {
        if (!message || position < there) return;
        broken('loss', at, `${placeOf(sessionId, agentId, position)} was shown and is not stored`);
      });
    }
    for (const [comment, { acknowledgedAt }] of feedback) {
      const times = session.comments.filter((other) => other === comment).length;
      if (times === 0 && acknowledgedAt < at) broken('loss', at, `the feedback "${comment}" is not stored`);
      if (times > 1) broken('repeat', at, `the feedback "${comment}" is stored ${times} times`);
    }
    for (const comment of session.comments) {
      if (!feedback.has(comment)) broken('content', at, `nobody sent the feedback "${comment}"`);
    }
  }

  return {
    counts,
    session: sessionOf,
    shown,
    acknowledge,
    stored,
    append(sessionId: string, agentId: string, texts: readonly string[], at: number) {
      for (const text of texts) sent.set(text, { sentAt: at, agent: `${sessionId}/${agentId}`, place: null });
    },
    redact(sessionId: string, agentId: string, position: number, text: string, at: number) {
      const message = messagesOf(sessionId, agentId)[position];
      if (!message)
        throw new Error(`${placeOf(sessionId, agentId, position)} is redacted before it is known`);
      message.redaction = { text, sentAt: at, acknowledgedAt: Number.POSITIVE_INFINITY };
      sessionOf(sessionId).redactions.push({ agentId, position, written: message.redaction });
    },
    redacted(sessionId: string, agentId: string, position: number, at: number) {
      counts.redactions++;
      const redaction = messagesOf(sessionId, agentId)[position]?.redaction;
      if (redaction) redaction.acknowledgedAt = at;
    },
    feedback(sessionId: string, comment: string, at: number) {
      sessionOf(sessionId).feedback.set(comment, { sentAt: at, acknowledgedAt: Number.POSITIVE_INFINITY });
    },
    feedbackKept(sessionId: string, comment: string, at: number) {
      counts.feedbacks++;
      const written = sessionOf(sessionId).feedback.get(comment);
      if (written) written.acknowledgedAt = at;
    },
    remove(sessionId: string, at: number) {
      sessionOf(sessionId).deletion = { sentAt: at, acknowledgedAt: Number.POSITIVE_INFINITY };
    },
    removed(sessionId: string, at: number) {
      counts.deletions++;
      const { deletion } = sessionOf(sessionId);
      if (deletion) deletion.acknowledgedAt = at;
    },
  };
}

export type Ledger = ReturnType<typeof createLedger>;
