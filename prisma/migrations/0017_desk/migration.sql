-- When an access pass was ended before its time. A moment of its own: what ended it by moving the end of its life could be
-- undone by a browser that had begun to open it before, with an older clock.
ALTER TABLE "AccessPass" ADD COLUMN "endedAt" TIMESTAMPTZ(3);

-- Every change of protection asks what its owner has under way as an agent.
CREATE INDEX "DeskRequest_requesterId_idx" ON "DeskRequest"("requesterId");
CREATE INDEX "DeskRequest_approverId_idx" ON "DeskRequest"("approverId");
