import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

export default {
  async fetch(_request: Request, env: { S3: string }): Promise<Response> {
    const client = new S3Client({
      endpoint: env.S3,
      region: "garden-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    });
    const Bucket = "plants";
    await client.send(new PutObjectCommand({ Bucket, Key: "a b/yew.txt", Body: "evergreen", ContentType: "text/plain" }));
    const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket, Key: "a b/yew.txt" }));
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "a b/" }));
    const missing = await client.send(new GetObjectCommand({ Bucket, Key: "oak" })).catch((error) => error instanceof NoSuchKey);
    return Response.json([await Body!.transformToString(), ContentType, Contents.map(({ Key, Size }) => `${Key} ${Size}`), missing]);
  },
};
