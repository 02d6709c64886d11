import { common, kindOf } from './resource.ts';
import { oneOf, text, wholeNumber } from './values.ts';
import { about, key, map } from './words.ts';

const shape = map('a model: a map with at least a source', {
  source: about(
    text(
      /^(?!\/)(https?:\/\/|hf:\/\/)?[^\s\\\p{Cc}\p{Cf}]+$/u,
      1000,
      'a path inside the repository or an https:// address',
    ),
    'Where the model’s files are: a path of the repository or an address.',
    { examples: ['models/resnet', 'https://models.example.com/resnet.onnx'] },
  ),
  runtime: key(oneOf('onnx', 'triton'), 'What serves it.', { default: 'onnx' }),
  replicas: key(wholeNumber(1, 100), 'How many copies run.', { default: 1 }),
  ...common,
});

export const model = kindOf('model', shape, (value) => ({
  source: value.source,
  runtime: value.runtime ?? 'onnx',
  replicas: value.replicas ?? 1,
}));
