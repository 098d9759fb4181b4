/** In a process that startNode started: `answer` says what each question that is asked over IPC is answered with. */
export function onQuestion(answer) {
  process.on('message', async (question) => {
    try {
      process.send({ answer: await answer(question) });
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) });
    }
  });
}
