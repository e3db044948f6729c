// What S3 answers when it refuses: a status, a code, a sentence (S3 API Reference, "Error responses").

export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
  }
}

export const invalid = (message: string): Refusal => new Refusal(400, 'InvalidRequest', message)
