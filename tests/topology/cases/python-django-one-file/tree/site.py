import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(DEBUG=False, ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"])

urlpatterns = [path("", lambda request: HttpResponse("berths"))]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
