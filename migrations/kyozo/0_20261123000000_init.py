"""All tables. Columns, defaults, checks, indexes and on-delete rules of the source document stand under its names.

Written by aerich, then by hand: it knows no checks, partial indexes, defaults of the database or names of foreign keys.
"""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE FUNCTION uuid_generate_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;
CREATE TABLE "teams" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL
);
CREATE TABLE "users" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    CONSTRAINT "lower_case_email" CHECK (email = lower(email))
);
CREATE UNIQUE INDEX "users_email_index" ON "users" ("email");
CREATE TABLE "api_tokens" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "revoked_at" TIMESTAMPTZ,
    "team_id" UUID NOT NULL CONSTRAINT "api_tokens_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL CONSTRAINT "api_tokens_user_id_fkey" REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_token_role" CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
CREATE UNIQUE INDEX "api_tokens_secret_hash_index" ON "api_tokens" ("secret_hash");
CREATE INDEX "api_tokens_user_id_index" ON "api_tokens" ("user_id");
CREATE INDEX "api_tokens_team_id_index" ON "api_tokens" ("team_id");
CREATE TABLE "memberships" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "role" VARCHAR(16) NOT NULL,
    "team_id" UUID NOT NULL CONSTRAINT "memberships_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "user_id" UUID NOT NULL CONSTRAINT "memberships_user_id_fkey" REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_role" CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
CREATE UNIQUE INDEX "memberships_user_id_team_id_index" ON "memberships" ("user_id", "team_id");
CREATE INDEX "memberships_team_id_index" ON "memberships" ("team_id");
CREATE TABLE "workspaces" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "container_enabled" BOOL NOT NULL DEFAULT false,
    "service_topology" JSONB NOT NULL DEFAULT '{}',
    "auto_deploy_enabled" BOOL NOT NULL DEFAULT false,
    "container_registry_url" TEXT,
    "deployment_environment" TEXT NOT NULL DEFAULT 'development',
    "team_id" UUID NOT NULL CONSTRAINT "workspaces_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_deployment_environment" CHECK (deployment_environment IN ('development', 'staging', 'production'))
);
CREATE INDEX "workspaces_team_id_container_enabled_index" ON "workspaces" ("team_id", "container_enabled");
CREATE INDEX "workspaces_deployment_environment_index" ON "workspaces" ("deployment_environment");
CREATE TABLE "files" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "path" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "service_metadata" JSONB NOT NULL DEFAULT '{}',
    "is_service_indicator" BOOL NOT NULL DEFAULT false,
    "detected_technologies" TEXT[] NOT NULL DEFAULT '{}',
    "workspace_id" UUID NOT NULL CONSTRAINT "files_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "files_workspace_id_path_index" ON "files" ("workspace_id", "path");
CREATE INDEX "files_workspace_id_is_service_indicator_index" ON "files" ("workspace_id", "is_service_indicator");
CREATE INDEX "files_detected_technologies_index" ON "files" USING GIN ("detected_technologies");
CREATE TABLE "topology_analyses" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "status" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INT NOT NULL DEFAULT 0,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "lease_expires_at" TIMESTAMPTZ,
    "error_message" TEXT,
    "finished_at" TIMESTAMPTZ,
    "requested_by_id" UUID CONSTRAINT "topology_analyses_requested_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "topology_analyses_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_analysis_status" CHECK (status IN ('queued', 'running', 'succeeded', 'failed'))
);
CREATE INDEX "topology_analyses_workspace_id_created_at_index" ON "topology_analyses" ("workspace_id", "created_at");
CREATE TABLE "topology_detections" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "folder_path" TEXT NOT NULL,
    "service_type" TEXT,
    "detected_patterns" JSONB NOT NULL DEFAULT '{}',
    "service_indicators" JSONB NOT NULL DEFAULT '{}',
    "dependency_map" JSONB NOT NULL DEFAULT '{}',
    "deployment_recommendations" JSONB NOT NULL DEFAULT '{}',
    "confidence_score" DECIMAL,
    "analysis_metadata" JSONB NOT NULL DEFAULT '{}',
    "team_id" UUID NOT NULL CONSTRAINT "topology_detections_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "workspace_id" UUID NOT NULL CONSTRAINT "topology_detections_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_confidence_score" CHECK (confidence_score IS NULL OR (confidence_score >= 0.0 AND confidence_score <= 1.0)),
    CONSTRAINT "valid_detected_type" CHECK (service_type IN ('containerized', 'nodejs', 'python', 'golang', 'rust', 'compose_stack', 'proxy'))
);
CREATE UNIQUE INDEX "topology_detections_workspace_id_folder_path_index" ON "topology_detections" ("workspace_id", "folder_path");
CREATE INDEX "topology_detections_team_id_workspace_id_index" ON "topology_detections" ("team_id", "workspace_id");
CREATE INDEX "topology_detections_confidence_score_index" ON "topology_detections" ("confidence_score");
CREATE INDEX "topology_detections_created_at_index" ON "topology_detections" ("created_at");
CREATE TABLE "event_streams" (
    "last_position" BIGINT NOT NULL DEFAULT 0,
    "workspace_id" UUID NOT NULL PRIMARY KEY CONSTRAINT "event_streams_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE TABLE "service_instances" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "folder_path" TEXT NOT NULL,
    "service_type" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'detecting',
    "container_id" TEXT,
    "deployment_config" JSONB NOT NULL DEFAULT '{}',
    "port_mappings" JSONB NOT NULL DEFAULT '{}',
    "environment_variables" JSONB NOT NULL DEFAULT '{}',
    "resource_limits" JSONB NOT NULL DEFAULT '{}',
    "health_check_config" JSONB,
    "scaling_config" JSONB NOT NULL DEFAULT '{}',
    "last_health_check_at" TIMESTAMPTZ,
    "health_status" TEXT NOT NULL DEFAULT 'unknown',
    "deployment_logs" TEXT,
    "startup_time_ms" INT,
    "memory_usage_mb" INT,
    "cpu_usage_percent" DECIMAL,
    "deployed_at" TIMESTAMPTZ,
    "last_accessed_at" TIMESTAMPTZ,
    "status_reason" TEXT,
    "image" TEXT,
    "desired_status" TEXT NOT NULL DEFAULT 'stopped',
    "desired_replicas" INT NOT NULL DEFAULT 1,
    "restart_revision" INT NOT NULL DEFAULT 0,
    "settled_replicas" INT NOT NULL DEFAULT 0,
    "settled_revision" INT NOT NULL DEFAULT 0,
    "intent_at" TIMESTAMPTZ,
    "current_deployment_id" UUID,
    "target_deployment_id" UUID,
    "generation" BIGINT NOT NULL DEFAULT 0,
    "observed_generation" BIGINT NOT NULL DEFAULT 0,
    "observed_at" TIMESTAMPTZ,
    "due_at" TIMESTAMPTZ,
    "health_due_at" TIMESTAMPTZ,
    "lease_owner" TEXT,
    "lease_expires_at" TIMESTAMPTZ,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "deleted_at" TIMESTAMPTZ,
    "created_by_id" UUID CONSTRAINT "service_instances_created_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "intent_by_id" UUID CONSTRAINT "service_instances_intent_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "parent_service_id" UUID CONSTRAINT "service_instances_parent_service_id_fkey" REFERENCES "service_instances" ("id") ON DELETE SET NULL,
    "team_id" UUID NOT NULL CONSTRAINT "service_instances_team_id_fkey" REFERENCES "teams" ("id") ON DELETE CASCADE,
    "topology_detection_id" UUID CONSTRAINT "service_instances_topology_detection_id_fkey" REFERENCES "topology_detections" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "service_instances_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_service_type" CHECK (service_type IN ('containerized', 'nodejs', 'python', 'golang', 'rust', 'compose_stack', 'proxy')),
    CONSTRAINT "valid_status" CHECK (status IN ('detecting', 'deployable', 'deploying', 'running', 'stopped', 'error', 'scaling')),
    CONSTRAINT "valid_health_status" CHECK (health_status IN ('healthy', 'unhealthy', 'unknown')),
    CONSTRAINT "positive_startup_time" CHECK (startup_time_ms IS NULL OR startup_time_ms >= 0),
    CONSTRAINT "positive_memory_usage" CHECK (memory_usage_mb IS NULL OR memory_usage_mb >= 0),
    CONSTRAINT "valid_desired_status" CHECK (desired_status IN ('running', 'stopped')),
    CONSTRAINT "positive_desired_replicas" CHECK (desired_replicas >= 0)
);
CREATE UNIQUE INDEX "service_instances_workspace_id_folder_path_index" ON "service_instances" ("workspace_id", "folder_path");
CREATE INDEX "service_instances_team_id_workspace_id_status_index" ON "service_instances" ("team_id", "workspace_id", "status");
CREATE INDEX "service_instances_team_id_service_type_index" ON "service_instances" ("team_id", "service_type");
CREATE INDEX "service_instances_status_health_status_index" ON "service_instances" ("status", "health_status");
CREATE INDEX "service_instances_created_at_index" ON "service_instances" ("created_at");
CREATE INDEX "service_instances_updated_at_index" ON "service_instances" ("updated_at");
CREATE INDEX "service_instances_parent_service_id_index" ON "service_instances" ("parent_service_id");
CREATE INDEX "service_instances_due_at_index" ON "service_instances" ("due_at") WHERE due_at IS NOT NULL;
CREATE INDEX "service_instances_health_due_at_index" ON "service_instances" ("health_due_at") WHERE health_due_at IS NOT NULL;
CREATE INDEX "service_instances_unsettled_index" ON "service_instances" ("id") WHERE generation <> observed_generation;
CREATE TABLE "deployments" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "number" INT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "image" TEXT,
    "content_hash" TEXT,
    "config" JSONB NOT NULL DEFAULT '{}',
    "attempts" INT NOT NULL DEFAULT 0,
    "error_message" TEXT,
    "end_requested" TEXT,
    "idempotency_key" TEXT,
    "started_at" TIMESTAMPTZ,
    "built_at" TIMESTAMPTZ,
    "replicas_started_at" TIMESTAMPTZ,
    "failed_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ,
    "rollback_of_id" UUID CONSTRAINT "deployments_rollback_of_id_fkey" REFERENCES "deployments" ("id") ON DELETE SET NULL,
    "service_instance_id" UUID NOT NULL CONSTRAINT "deployments_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "triggered_by_id" UUID CONSTRAINT "deployments_triggered_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    CONSTRAINT "valid_deployment_status" CHECK (status IN ('queued', 'building', 'starting', 'succeeded', 'failed', 'cancelled', 'superseded')),
    CONSTRAINT "valid_end_requested" CHECK (end_requested IN ('cancelled', 'superseded')),
    CONSTRAINT "positive_number" CHECK (number > 0)
);
CREATE UNIQUE INDEX "deployments_service_instance_id_number_index" ON "deployments" ("service_instance_id", "number");
CREATE UNIQUE INDEX "deployments_service_instance_id_idempotency_key_index" ON "deployments" ("service_instance_id", "idempotency_key");
CREATE TABLE "build_log_lines" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "number" INT NOT NULL,
    "stream" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "deployment_id" UUID NOT NULL CONSTRAINT "build_log_lines_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_stream" CHECK (stream IN ('stdout', 'stderr'))
);
CREATE UNIQUE INDEX "build_log_lines_deployment_id_number_index" ON "build_log_lines" ("deployment_id", "number");
CREATE TABLE "deployment_events" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "event_type" TEXT NOT NULL,
    "event_data" JSONB NOT NULL DEFAULT '{}',
    "error_message" TEXT,
    "duration_ms" INT,
    "position" BIGINT NOT NULL,
    "deployment_id" UUID CONSTRAINT "deployment_events_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE SET NULL,
    "service_instance_id" UUID NOT NULL CONSTRAINT "deployment_events_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "triggered_by_id" UUID CONSTRAINT "deployment_events_triggered_by_id_fkey" REFERENCES "users" ("id") ON DELETE SET NULL,
    "workspace_id" UUID NOT NULL CONSTRAINT "deployment_events_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_event_type" CHECK (event_type IN ('deployment_started', 'deployment_completed', 'deployment_failed', 'service_started', 'service_stopped', 'service_scaled', 'health_check_failed')),
    CONSTRAINT "positive_duration" CHECK (duration_ms IS NULL OR duration_ms >= 0)
);
CREATE UNIQUE INDEX "deployment_events_workspace_id_position_index" ON "deployment_events" ("workspace_id", "position");
CREATE INDEX "deployment_events_service_instance_id_created_at_index" ON "deployment_events" ("service_instance_id", "created_at");
CREATE INDEX "deployment_events_event_type_created_at_index" ON "deployment_events" ("event_type", "created_at");
CREATE INDEX "deployment_events_created_at_index" ON "deployment_events" ("created_at");
CREATE TABLE "health_checks" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "replica_index" INT NOT NULL,
    "health_status" TEXT NOT NULL,
    "response_time_ms" DOUBLE PRECISION,
    "detail" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "health_checks_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_check_result" CHECK (health_status IN ('healthy', 'unhealthy', 'unknown'))
);
CREATE INDEX "health_checks_service_instance_id_created_at_index" ON "health_checks" ("service_instance_id", "created_at");
CREATE TABLE "host_ports" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "port" INT NOT NULL,
    "protocol" TEXT NOT NULL,
    "container_port" INT NOT NULL,
    "replica_name" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "host_ports_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    CONSTRAINT "valid_port" CHECK (port BETWEEN 1 AND 65535),
    CONSTRAINT "valid_protocol" CHECK (protocol IN ('tcp', 'udp'))
);
CREATE UNIQUE INDEX "host_ports_port_protocol_index" ON "host_ports" ("port", "protocol");
CREATE INDEX "host_ports_service_instance_id_index" ON "host_ports" ("service_instance_id");
CREATE TABLE "service_replicas" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "name" TEXT NOT NULL,
    "index" INT NOT NULL,
    "container_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "health_status" TEXT NOT NULL DEFAULT 'unknown',
    "host_ports" JSONB NOT NULL DEFAULT '[]',
    "node" TEXT,
    "failures" INT NOT NULL DEFAULT 0,
    "crashes" INT NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ,
    "ready_at" TIMESTAMPTZ,
    "observed_at" TIMESTAMPTZ NOT NULL,
    "deployment_id" UUID NOT NULL CONSTRAINT "service_replicas_deployment_id_fkey" REFERENCES "deployments" ("id") ON DELETE CASCADE,
    "service_instance_id" UUID NOT NULL CONSTRAINT "service_replicas_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "service_replicas_name_index" ON "service_replicas" ("name");
CREATE INDEX "service_replicas_service_instance_id_index_index" ON "service_replicas" ("service_instance_id", "index");
CREATE TABLE "status_changes" (
    "id" UUID NOT NULL PRIMARY KEY DEFAULT uuid_generate_v7(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "position" BIGINT NOT NULL,
    "previous_status" TEXT,
    "status" TEXT NOT NULL,
    "health_status" TEXT NOT NULL,
    "reason" TEXT,
    "service_instance_id" UUID NOT NULL CONSTRAINT "status_changes_service_instance_id_fkey" REFERENCES "service_instances" ("id") ON DELETE CASCADE,
    "workspace_id" UUID NOT NULL CONSTRAINT "status_changes_workspace_id_fkey" REFERENCES "workspaces" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "status_changes_workspace_id_position_index" ON "status_changes" ("workspace_id", "position");
CREATE INDEX "status_changes_service_instance_id_position_index" ON "status_changes" ("service_instance_id", "position");
ALTER TABLE "service_instances" ADD CONSTRAINT "service_instances_current_deployment_id_fkey" FOREIGN KEY ("current_deployment_id") REFERENCES "deployments" ("id") ON DELETE SET NULL;
ALTER TABLE "service_instances" ADD CONSTRAINT "service_instances_target_deployment_id_fkey" FOREIGN KEY ("target_deployment_id") REFERENCES "deployments" ("id") ON DELETE SET NULL;
CREATE TABLE "installation" ("id" TEXT NOT NULL);
CREATE UNIQUE INDEX "installation_one_row_index" ON "installation" ((true));
INSERT INTO "installation" VALUES (right(uuid_generate_v7()::text, 12));
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE "teams", "users", "api_tokens", "memberships", "workspaces", "files", "topology_analyses", "topology_detections", "event_streams", "service_instances", "deployments", "build_log_lines", "deployment_events", "health_checks", "host_ports", "service_replicas", "status_changes", "installation" CASCADE;
        DROP FUNCTION uuid_generate_v7();
        """


MODELS_STATE = (
    "eJztXetz2za2/1cw+tJkRutJnKTtTXfujOM4G28du5M4m51tOhRMQhKvKYIlKStqb//3Bc"
    "A3AVIEqQdFny9tTOIA1O/gdd5/ju7X9A96cubZt/SeuKPX6M+RixeE/aP8aoxG2PPSF/zv"
    "EN85oin2bCPkrQLR7C4IfWyG7M0UOwFhjywSmL7thTblY4zOkGj9GtlhgD69P/vb6avvxy"
    "icEzS1/SBEDglD4geITkWLgJg+CccIu5ZotKCsTTjHIXuLFniNLIpsVzSlLkEhwYsT/iEW"
    "NdmX2O5sj2MuXfv3JWFozAgj89nIv/46ijoz5jiYj377jbWyXYt8IwF/++doahPHEv8eLQ"
    "PiG7Y14m3IN88nQcAgE+/4o4Q1Gd5GTGGIHgVT1p5oMxJdMEaIP/4ao8JA/Hv1BoopNg7E"
    "yb17Q4xVmE9sNPZKPDcS2s+fL9++Ey05u+4MkzrLhZu19tbhnLpp8+XStk44DX83Iy7xcU"
    "is3Dxzl44TT8rkUcQQ9iD0lySF3soeWGSKlw6fraO/T5euyScpEnPcmP3unJjUJye2FZy4"
    "ZMV+///GX5qjMozrm1vj08WtYYykuc6/qDQV40cmw5uhZrshh/3Pv6J+M3zE0xEf4Pz92c"
    "cnL75/KhBh83Dmi5cCvdFfghCH2MjYm4HO5h2HyMChDP5b9ia0F0TNgCJliRFWTHqS/KMN"
    "Q5IHGUey7SIBN4FvB4CP2A+0blxnHU+FGgbcXn64+HR79uEXPtwiCH53BH5ntxf8zal4ui"
    "49fRLxi7KdMNok007Ql8vb94j/if5zc31R5mra7vY/fNmO8DKkhktXBrZyszZ5mqAmFnjC"
    "dfF/id+3bJWqeZ20L3GZoXWEfK3j48W/bwssvP7X2Uexuj6c/ftpgY1XN9f/SJpnPLw+v7"
    "p5I5ZcBjbbPKf2Nx24MwoAvAXg+dNUA/USGUDfAnqfOoqN5XyO/Qt3uRC4X7IPxK5JJPwT"
    "2j4DP7r5cn3x8TWiK/Y1X92ztx8ur18jbC1s96v74eLDG/5yQRZ3/O2/Li++8L8fbLIifv"
    "nCWXHoLPA3wyHuLJyzP59/X8PAhF3PywdJwshT8arIIHaXs9k50uK8L1Ju4byPD6pjWCo9"
    "Ot4TTGrPdwcHIb/5t7nXlWmB033mtE8emPjVhs9FSuByn7mcSOMSi6vl4xzJNoXk/jJ1ox"
    "CcwZloUTTgzJEAnAxOrsWZ3itVChwqGdp31Cf2zP2ZrKVbYAnQSK/4Oe7lOBHNnmYbo49X"
    "qdYrP5/YT7eIQ8Loqnz26fzs7cVIWv7dEb2NexkoorkNT40on7J32LxfYd8yCnOXv6GntP"
    "QkbSu/Wpwuyk+wi2cCHP4r+DdHoH8QskAwt72RrDvPvRzXaM8XabPG6nM+vb4LEBepuBYa"
    "V+q8qxsqFdW5aZtqiOv01Q3VyLlfCHpk0CODHrkHF9MmeuSlZ7XkepESuN4XrivEkfjrQc"
    "l3NEo+EBdBXOwXnCAugrjYL0T7KS4K0GVBMeFFpYjIf01D4fDLnPKTLUAr6t8HHjZJIAuG"
    "VY0UQmFJ/AOxDMSyo9gojvSCDmLZY+R6E7EMnLp27OgiXWKrrwgZV4quz0XevIlp3/38kT"
    "hY/OSq21jezfo4WSPdyAqTt6Tjbo1TUaU+RKRC6lGHztZs+JCI20o3xG7j/t4m3Q0VuOwq"
    "2wmvL0k3Q8WJiZoPtkkMO5YQu8H1KeotL24OBbQdyoFCnSHLgYmWo1IO5HqCxkZCj7Wl7g"
    "maTMgC285kguwA3RMv5JZAh66Ij0wckJ9YAw8HAVs/lvCOjRpif0bd0zG6pi55jQJ7xqRF"
    "Rreyw3kUScOaOOydyuq4x5GVZkwxqmS5BNEVRNej2JGOVIgB0fUxcr2J6BrtxxLDq2XXlA"
    "CE1xZRGqAp2Gf4V/4Co4O6RNgK/iPyygY9TR9YA3qaLetpmIjnrIOOYnSipTkTndnB0a78"
    "etAs4jl0vSCcpgtcb9N+Bg+UQR62CNfFw3AxO7Ri6xgxY487z67hIrVDDeA7WyBR1gCKx+"
    "MaDeCUNWisAeSNeUIbnPl5fBewn0ZYaxzwTDYr9r/VnLjJv3l0KHIojxxEOOQaPIYKnyI5"
    "/VyaPGdOvmGLmPYCOyot4J5HV2oC05ETbz0cbkjBU6awAyPbWCzbxCH1N8U7CCYZ+Z4MVT"
    "e6SXsiixBhi5SYc5ffF2z2Axp9i5JUHv8fl9elTwClKShNj+LSfqTqM1CaPkauN1GaiqNK"
    "4nedPimExDatcwrZfxDjbh0qhQZ7dulWJRUq0JWgtxuJWn2Dnn0v+9/f/uf09MWLH06fvf"
    "j+x1cvf/jh1Y/PfmRtxRfLr36o4debS3arKLGAPygyIH/R05n1ZTqY/a0yakU30wUJMb97"
    "yAz456eb64oVoKAtHzS2GaL/R44d7Gw95O56d0vbCW03OOHDHuJ+x7GqZ1GZG6XDg3dQZp"
    "FSDJG3Kkodgt2KO3hFFyVu3bE+dsWm9Ml+OfLm5uaqwJE3l+VV8ZmH/T15LtjDGtlhxT6l"
    "lsEkRpz5Pl6r2VDZQ4kP+14ufLxDLBe+Rf36WwnmshTeVM6U5H2IzquNzlvlvR27BZQN0X"
    "FyXIoqK0+vPoWWlS1IijAzhZGpOuRMZd/arHS8cQnCpkm8kOvw4oFiLeCcZyFJIXwt8mpb"
    "S5+PiHxiUt9Cd2Ruxxm3/4/ecQ3glLBJN5mgmU9XQeQESLA5R6aDbUXKkwOMvzlorlbBmN"
    "PMbFDlSSwpqhizjiC5Su/24DFo9R6RfqeJVo8dp+FScXWsyWCcUuxPyh2xpktiHWBB7UTS"
    "xWFIFp7K4Fmp4smT7E/B82xXCyrS7pw+f/nDyx9ffP8yVeqkT+p0ObI8JI5HPZ1ZSjIYNP"
    "esK2MifkCM9qmeVfSQILY/pgD5rCC+T31jwe6F7O6vc2RIhOBkqn9oTG3XDuatLmglUlhl"
    "fV5lPmGQBvw+fbfW1DspSDuIRcfDY400W6DSA5Xe0ar0qraJ7hg3zGzWzy1hI7qKfbEAMP"
    "sOdP356urAStMsOUK11rSQQGGz2rSYvqFJ3i4cIoym1LGIL7whp3TJVZEU3RGuiExsd3z6"
    "TCZxdLRLUfxcleRrCz028qqMhjA2O1fmsrIV+miq+MxATfNIF70s9Rwq2fSd2hYXR42Aqx"
    "DbfEe5D+1v0Ff/5kcHnS/ofEHn2wcRAzw5HyPXm3hy5o9Hie3VupsSGXi2dfBsE6hpYF+m"
    "A7WZPvapo5PHTSi+KvK62q1QSQx+hfVMauFXKHkEanFJTQ1s2jqbLOIRl0sZa2OBPb2FVK"
    "YE9uyCPUm4NnckWrB/Wbgid2Mtq2p6AbZtnW2S/C9fyqMA08rYA4m8zKU4QDXuZ1CXhrcX"
    "55cfzq6evBq/LLlNJ6x5+axcuiTxyGsVaqAkhmWx9WUB9WXA8NVXYMHwdTjDFxSe2W3hGU"
    "hl06MELdkWIJsEC9tDpSmwmJC8Sb4WnhuFxypEmr84bEFUbM1b62IzUJQOhUcqsB2Swc1b"
    "879EEpUo1iG5MKmys+x0LM2QiNya4fG8jMPEN4jLgdxoG8xQTk2CUh/6iVay7Fvug+1TV6"
    "Qaa/4l6g7ARNe768QYTHSPyFgDJrrHyPUmJjpImbxHw5B8xsu327pEBkp6yGKgkcWgfL9r"
    "Y/PJ04ISbutKOLFbRffIlsukogdYKBoLJdtqfDJj09lfG0tfq5RBdQ/gU9DGp0ApmWnwo7"
    "qHPQbVWuSBONRLRh4CZ8BosEvdNqhe96V6TRMst1a3JjmcB4JycZUfuurBcaMGNT2PqwzC"
    "UYJ2aOPRcYImcqsY5hy7s66Iia7ORU9DgkvL2JbLXcDXmsH6Ul5hElxvXHJL2X82oiuW7q"
    "e0t6MUl9TYNrdNvlnajnVFZ1dMrhzJ5snC63GNhZJrTiyDnSSGw5pqZHjjzSOLYbZDfxcI"
    "TYyFWH+8squ75CWgJhNk0iX7+Wjq0wV6LjKo0WWIZthTZ2/bYt/K4MXcmRLdFaPOupWLrc"
    "t3o5RwFMlu4rnazQ63S/X/HpPdVFvlYm5JHKiEPyMYUnrurSVwqtqY69KQJRRg/WihKGmR"
    "xadr/p7HDjlY8luxot82XNl0L53sTRWREiGoI+vVkVah/mI3paRWLceeortRNSnNsB5ljs"
    "4xQJYlityplCRKhT2bSRHRzUzUehMpNnlmEo9d3yl790B87mQXCQJxChMGb5acJCoON7Vn"
    "kW8ikwD+IG5aTY49SbJAq6WMPY391f3qTibEtYw0E07mSzm1XeygSPPAHohsLUz6jUZjUC"
    "Ic8Ep4U+r/xPu94zFhJODumYKEdUTZwkIuDefsl/HPjUZ3yDQ84eMmqUszQYkPy3Ag8XhT"
    "bDtshLu1eBH/PCZs0ZWLxEoZZ26eHBlGMplEROxInEyqpayyEqoka41RZRPbYt9MQxGxeE"
    "/W3eQycJIEJ0lwl9u6kyQI4dsWwiEX+N6lQnuhKYanBOC5087p82AF3gB7dlmVUa928swo"
    "wLWznh1tXDuhCMF2j09Ij37I3aUg3WqhXyYE9FvcYkriss59RiYFDrTIMRdiv50IXKSE4g"
    "B9Ni6Iq0gLHufpgMN95rBPPMc2cWC0X9AVXQDf+8z3VJ+ty+0CIfC41zyGEj6Pgs8+dRxu"
    "FDXoVLeCj0QJBXyqUsUW7HVNAa4gB1eLciCdb89m3DStX4VKQQqTuNaRpTwpZbR13VmGGy"
    "8xLvm0VCzoBnnkctO0O+DDLqCkWNIVBZQqjsHuAGs5aB0pzPLpr12mqqgqKIVVtA4mKsdy"
    "DGQvUc7WbUX3DWeaFvXsh4iAPEagEi1MJ6jic/xj1NeQlt5eXEmj+VXnT5rOwAZOpbno34"
    "aV9OasV8YvUe0OJ56NY+5LiWaUWtyFk90UbU7D/Sh9kQMTOw5yySqIXCkDlGZ0zEeWKbJp"
    "7mXERpX4khHqy/BV3Nyal6KTOGMoutQpTldKwBnFjIq2Hb8r66nD53T5AKjQB56t4NnaCw"
    "1iE8/W4s7T2JOhQAUxem28SASEuiVBilTgq1bPlha+auBadchFYS19IaUYCx1nwRJVK3/B"
    "ngG/bY/B9J4soVqXySFPNaQ4hr2kdOhZnG7PJjiY6I4IZjDR7RJdqJcFts++KU3HYPvcP8"
    "jtbJ8Hy01xpCjXp6ZQYwyl9rQgblZq7yDJP/LpFGVrTSnZYqWlJp/jsaGV5jxLSJEYQHBm"
    "/jhBl+ylT1cinwU1eR4M1t52BAGvjWyHYxTQKI1FIpcFiNtgMM+fERlYZFPN/obdXAOtUt"
    "/fxxvQQVMP7kbDz9OaGO00ARLpYIIy96ALkO6kOjtfo0MoySa7hyOoD+tiFwdQl0PlPcFO"
    "OD+fE/Necajk39YdKnPRzjB5Q42sUhEZEmR8e+d5i2KPkJ/YH86a/WXy7ErsBdu5fYLuiR"
    "eqs0R16EuzBGZnk3wBra7meLBE9+mcAkt09aE1XEt0vM9ka7Wh9UeiG5KlYmsGoHi71E+8"
    "JBGCtb+FYZMtE499ATsf2b6jtG6+cyiunOEycYkLU059tDobFRve3nx+c3WBfvl4cX756T"
    "K29Kf7lXjJH2XF7D5enF1JhrcQ21rV6zIKMN+3yAwB5jiwa/QJ6O3aNQ6isHzP5sIv1Ff5"
    "lqevxnVSJRWaG7+pN/kZ4o258MdVgJw6Uv7ZAWKn0D1xuYf3a55CN3X6Rk+mNuPxGE0myW"
    "WMf+hkgq6ZnPgUUZ83z8mS6InJOibuU1kK3f/wSj9zL4bV82lI2Q6l71++SXxN2aKUXR+H"
    "wCpG4v95eWQSajI9Gooo6WwCyUThmpYsMY1rWp4G5JFOJek1p7JMCJNaManzB5HOxC7TgR"
    "QCUkiPzkSQQh6pFFLmhSyMKLhVKZMoK7Y2EU1iwtdoxWWCFQ6ykiHoCWtt+8R6Oo7eMonh"
    "SaS1HMd2LfYGuxZ7SyMPCCYT8AoiLl2hJw7BAVHKIzsfk9dMuWXCDg9HQdE+FDDJx7GiPk"
    "XtlejMDU7SMiwr3w65CY71zU0CAQ+3jVdHFHA78+kqEFG1iGBznpZoiWut/MTrpdA7/uOI"
    "ZRQo42otXGAKk58sKqLc+XQ5m4cI39FlyMtSBiQMeUa4JACdEfMPyr94sIOoV24sjDAKkc"
    "lmzlc3pPyjp4RNAMX3mg62F4kcKJBiQJ0JXxXRaDKJ1kZUmIV/9Ix/MeeK6dg8FDUCHvMw"
    "Y/6U/z/5UB6zfMflwQV9iCvmNAo3jorjGB4O5/USYa40e7mPWJO+QT6UlogRd2nk+4vV8r"
    "rxvbmvS8YRhK2/Kd+L7sdkloWiqUH7Y2IsCr3sLvJZHr99vPXSs1qPmtHqjuqxJcm92JIu"
    "N+os5MGlLnS/wWJLrs2vjuh0R4unRttBC+SPREUDPgXgU3C8PgW5jVWT60VK4HpfuJ5glG"
    "O7lA9JV+nSSdnSN77uW9uSvxJrYF4iA+g7KLp0s3eU6QD8dlUwjqGEncVEZHaTc2cHuK7t"
    "2HKhukfX11XL04FmvUV6jix0Tr/EmpIYMtjUM6lFBhtulzMW2PPYRyn2p2oGSYTAnK0zh7"
    "gPtk9dsQoesG9zsLSYVNkBMGvrzGKv6NJnFyXHXtiqTLTVbFKQAoO2zqB8DFCLE6mCvBOj"
    "jueGsBOOBCZ22Pe0YIZMCQtm6+wRYbyFaa+vGavqAwoF9UclJmtCjzH+h7W+Z7/HHYromp"
    "OAHKq6m9fFpUikIMC2LF269KqjsCr9HhWUkGdS9ntckAX118aSJ0E1FncaACsoAWAZYNNb"
    "xhh5xDeVSZ/eEtNeYKdCDaaiLx/dUQcncUfHB3pdWOHF+eWHs6snz5+NT8UukgUQJvvLy2"
    "dPlRt3KztiiRQuSX2+JImrLXeUC4JWzFbRA8f7zPHYS8wnOFClRNpkzMkRwnVM/zrGThe9"
    "JOspAaDdRvwQvsotZECZco9CYBBSzyPJRw2GC9VFu6rz3CtI9xd99fxIbsjsdOCyWup7rg"
    "GwinQwie62BnDZ619HilaQAsDVAGvPYBUpAFwGOAqBaXHBLxDCzb7PN3tz6YvYhNbFNyo7"
    "gPoFpeoQ2J+RDkBX0QPORZyzID0Z3brcvUW6wZwGey7io4iV1GNDRQfAj4780D/FS6Rwjv"
    "f5HI+D9TRZnFEBd/vM3WJEpiaTJWLgdZ95LYL4Dbpyoxo+TZWPJTLQ/OrrHCMIyTfPZuxs"
    "Y9dS0MNa6/NaE1k19O6nKQncSNuW+UzykWjfVgqUsLL6vLKSdADalTAlQtBvKLWy2sCW6Q"
    "DXUkCYlOdFA1wlMSBc0oBm+ZQaKz0zEsgsWIaTetShs7URBy8zcDTBreoAJi6UHj5Eckyo"
    "H5rHdkvl28o7cHdsb+NeBgpr7szZjGh2Xe2O67DLNksX+wYFheUTaguzN+7zbb7LYUJeec"
    "A3gL54o+0Ou36a4iMFXSkKNAA8lc9gI6kHuCzIVmDL7xnqBNCqUEOFe96bmPjdzx+JU2WI"
    "blEQ/ljOxaqgTFHVe1t4iVLiQwVNKlXbGrBScdwhgsWkhMjdIK3C1B6tXMWnIUJlzm0nzS"
    "bdDarBHsuluVXlg60P1ceor6HOrThiy5xjd9Z1bomuzkVPQ4KL3yx2W0AimWOV9SNyk3Bj"
    "+Yj85G9SPSIp/4YDXoQgLWsQEOLySgRZSbbJ5DXCItMML0DwZ7Hm0RilDccoKUT1l6pyxE"
    "7H41UjJpMptp0lO2AmE2TSJS96kC/hHkQFHHgjUfiBDeLTFS+UZ/o4mAsyXl6BWxXjtvGH"
    "ijgYRoNnmJNNQ8ILKCDCJmxNuQTBUe1KeUnzpgnZE7ZXF86D3Oy73TlaaZ0hN/vjydINud"
    "kfI9cV/hOQm/2g8fXJMdgwejBtDzUdVal3Dpl5um/gHiBz1xGkWx8Q4JAwsAc8KNRuLzKg"
    "Jq1tgaofWVT5eIPJoupSS+8OE7eH0IUW5WViBYfGLSZPMhhf9u3dYiLNjwaeOQqAU8rVES"
    "nKWkixRUpw+u+P0CrrKrg8vm7B4zwdcLjPHO5VOPkxyR7HxujWaUq2mZ/kiBis4U1eYdxp"
    "CnAFOcBc71tehk2GfPcejT0FeqPHXcWU2+wdbRX84rrBPUgfuzLS0u6pxrjat3GXvgl5dw"
    "6FZ0LJ26PaL0HyMGnilRA154Z/jOL5+J0wwLO+EPVjg/5PyCc8XTuiLgkQ9gm6J144RgGN"
    "7PYYTanj0BXx0WpOkYNn7JeihR0ErLnLiFQOCvscWukwIMUR0cAWyLRxIsiIx/V+BAU2Kb"
    "0Ikq7AkaB3J+EYHAkekUm5iSNBuu4lntelu8hTDcncueekFx7PNEvZdqpvKFKQgoYcLKO9"
    "B/wYLaMDgl+/VgcU6ei0v4BWB1IxHBmwkIrhcKkYQB/ZHm0tfeRBdGVnxLfN+UjWksUvxj"
    "X6MZw12aQXq0ZWoUcq6Yq0dDLVvrCq3VQhGcZs7KaL6b0XbLXO5YH46hol53Psq6HNkQzi"
    "BswWyzfDIe4s5Avj9NWrGkCTCxlrVXY/i1+dRu+KtwO+pjQQjpsPEN3nz541QJe1qkRXvJ"
    "M9u5WmnGonyxzJ/j0sD3Pn2povpXQ72+dJ9td/AUcO1hY="
)
