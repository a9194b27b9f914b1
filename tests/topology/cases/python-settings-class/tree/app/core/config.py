from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    title: str = "Shop"
    currency: str  # of the prices
    database_url: str = Field(..., validation_alias="DATABASE_URL")
    page_size: int = Field(20, ge=1)
    greeting: str = Field("good day", max_length=40)
    cache: str = Field(default="memory")

    def describe(self) -> str:
        note: str
        note = self.title
        return note


class Other:
    name: str
