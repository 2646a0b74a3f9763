import { GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, graphql, printSchema } from "graphql";

const Plant = new GraphQLObjectType({
  name: "Plant",
  fields: { id: { type: new GraphQLNonNull(GraphQLString) }, name: { type: GraphQLString, resolve: async (plant: { id: string }) => plant.id.toUpperCase() } },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: { plants: { type: new GraphQLList(Plant), args: { like: { type: GraphQLString } }, resolve: (_, { like }) => ["yew", "privet"].filter((id) => id.includes(like ?? "")).map((id) => ({ id })) } },
  }),
});

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return new Response(printSchema(schema));
    const { query, variables } = await request.json();
    return Response.json(await graphql({ schema, source: query, variableValues: variables }));
  },
};
