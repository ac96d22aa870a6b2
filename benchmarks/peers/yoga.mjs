// graphql-yoga's smallest server: `{ me { id } }`, nothing checked, nothing read.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";

const schema = createSchema({
  typeDefs: "type Query { me: User } type User { id: ID! }",
  resolvers: { Query: { me: () => ({ id: "00000000-0000-0000-0000-000000000000" }) } },
});
createServer(createYoga({ schema, logging: false, graphiql: false })).listen(Number(process.env.PORT), "127.0.0.1");
