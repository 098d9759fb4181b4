import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { AddFeedbackDocument, type Rating } from '../generated/operations.js';
import { ActionForm } from './action-form.js';
import { useAction } from './use-action.js';

const RATINGS = [
  { value: 'UP', name: 'Good' },
  { value: 'DOWN', name: 'Bad' },
  { value: '', name: 'No rating' },
] as const;

export function FeedbackForm({ sessionId, onClose }: { sessionId: string; onClose(): void }) {
  const action = useAction();
  const [rating, setRating] = useState<Rating | ''>('UP');
  const [comment, setComment] = useState('');
  const submit = () =>
    action.run(async () => {
      const input = {
        sessionId,
        rating: rating === '' ? null : rating,
        comment: comment.trim() === '' ? null : comment.trim(),
        idempotencyKey: action.key,
      };
      await ask(AddFeedbackDocument, { input });
      onClose();
    });
  const nothing = rating === '' && comment.trim() === '';
  return (
    <ActionForm
      title="Add feedback"
      submit="Add"
      action={action}
      disabled={nothing}
      onSubmit={submit}
      onClose={onClose}
    >
      <fieldset class="choices">
        <legend class="hidden">Rating</legend>
        {RATINGS.map(({ value, name }) => (
          <label key={name} class="radio">
            <input type="radio" name="rating" checked={rating === value} onChange={() => setRating(value)} />{' '}
            {name}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Comment</span>
        <textarea
          class="words"
          rows={4}
          value={comment}
          onInput={(event) => setComment(event.currentTarget.value)}
        />
      </label>
    </ActionForm>
  );
}
