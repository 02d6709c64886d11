import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** Where a part of a schema says something that the whole does not, a line each; empty for a true part. */
export function subsetViolations(part: GraphQLSchema, whole: GraphQLSchema): string[] {
  return Object.values(part.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => {
      const official = whole.getType(type.name);
      if (!official) return [`${type.name}: there is no such type`];
      if (official.constructor !== type.constructor) return [`${type.name}: is of another kind`];
      return compare(type, official);
    });
}

function compare(type: GraphQLNamedType, official: GraphQLNamedType): string[] {
  if (isEnumType(type) && isEnumType(official)) {
    return type
      .getValues()
      .filter(({ name }) => !official.getValue(name))
      .map(({ name }) => `${type.name}.${name}: there is no such value`);
  }
  if (isUnionType(type) && isUnionType(official)) {
    return missing(type.getTypes(), official.getTypes()).map((name) => `${type.name}: ${name} is not one of them`);
  }
  if (isInputObjectType(type) && isInputObjectType(official)) {
    return inputs(
      type.name,
      Object.values(type.getFields()),
      Object.values(official.getFields()),
      isRequiredInputField,
    );
  }
  if ((isObjectType(type) || isInterfaceType(type)) && (isObjectType(official) || isInterfaceType(official))) {
    return [
      ...missing(type.getInterfaces(), official.getInterfaces()).map(
        (name) => `${type.name}: does not implement ${name}`,
      ),
      ...Object.values(type.getFields()).flatMap((field) => {
        const where = `${type.name}.${field.name}`;
        const known = official.getFields()[field.name];
        if (!known) return [`${where}: there is no such field`];
        const same = String(known.type) === String(field.type);
        const wrong = same ? [] : [`${where}: is ${String(known.type)}, not ${String(field.type)}`];
        return [...wrong, ...inputs(where, field.args, known.args, isRequiredArgument)];
      }),
    ];
  }
  return [];
}

/** What is taken must be taken as the whole does, and what the whole demands must be demanded. */
function inputs<Input extends Pick<GraphQLArgument, 'name' | 'type'>>(
  where: string,
  ours: readonly Input[],
  theirs: readonly Input[],
  required: (input: Input) => boolean,
): string[] {
  const wrong = ours.flatMap((input) => {
    const known = theirs.find(({ name }) => name === input.name);
    if (!known) return [`${where}(${input.name}): there is no such input`];
    return String(known.type) === String(input.type)
      ? []
      : [`${where}(${input.name}): is ${String(known.type)}, not ${String(input.type)}`];
  });
  const left = theirs.filter((input) => required(input) && !ours.some(({ name }) => name === input.name));
  return [...wrong, ...left.map(({ name }) => `${where}(${name}): is demanded and left out`)];
}

const missing = (ours: readonly { name: string }[], theirs: readonly { name: string }[]): string[] =>
  ours.map(({ name }) => name).filter((name) => !theirs.some((other) => other.name === name));
