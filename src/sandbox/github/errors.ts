/** An answer other than success, shaped as GitHub shapes it: `{ message, errors?, documentation_url, status }`. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly errors: readonly unknown[] | undefined;
  readonly documentationUrl: string;

  constructor(
    status: number,
    message: string,
    options: { errors?: readonly unknown[]; headers?: Record<string, string>; documentationUrl?: string } = {},
  ) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
    this.documentationUrl = options.documentationUrl ?? 'https://docs.github.com/rest';
  }

  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors ? { errors: this.errors } : {}),
      documentation_url: this.documentationUrl,
      status: String(this.status),
    };
  }
}

export const notFound = (): HttpError => new HttpError(404, 'Not Found');

export const badCredentials = (): HttpError => new HttpError(401, 'Bad credentials');

export const notAccessible = (kind: 'integration' | 'personal access token'): HttpError =>
  new HttpError(403, `Resource not accessible by ${kind}`);

/** One entry of a 422's `errors`; `code` is GitHub's vocabulary, `custom` when there is a `message` alone. */
export interface FieldError {
  resource: string;
  field: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom' | 'too_large';
  message?: string;
  value?: unknown;
}

/** 422 `Validation Failed`: the request was understood, a value was not acceptable. */
export const validationFailed = (...errors: FieldError[]): HttpError =>
  new HttpError(422, 'Validation Failed', { errors });

/** 422 `Invalid request.`: the body does not have the documented shape. */
export const invalidRequest = (...problems: string[]): HttpError =>
  new HttpError(422, `Invalid request.\n\n${problems.join('\n')}`);

export const unprocessable = (message: string): HttpError => new HttpError(422, message);
